"""The example's months, made from a public table."""
