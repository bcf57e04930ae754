"""The commands of drift-worker."""
