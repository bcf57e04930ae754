"""Data as people have them: what their columns are, and months made of one file."""
