"""The command line: options, progress bar and report."""
