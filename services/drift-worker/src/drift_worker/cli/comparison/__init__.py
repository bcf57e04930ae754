"""The command `drift-worker compare`, and what it prints."""
