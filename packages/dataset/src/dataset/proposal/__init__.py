"""The proposal of a schema for data without one, with the reasons."""
