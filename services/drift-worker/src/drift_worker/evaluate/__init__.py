"""One window from its id to its committed evaluation."""
