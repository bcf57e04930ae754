"""Makes the example's months from a public table."""
