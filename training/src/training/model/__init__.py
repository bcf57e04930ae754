"""Makes a model and its reference from rows."""
