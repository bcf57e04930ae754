"""A month of rows, changed by a scenario of drift."""
