"""What changed between the reference and the current data."""
