"""From rows to a model, and to its reference."""
