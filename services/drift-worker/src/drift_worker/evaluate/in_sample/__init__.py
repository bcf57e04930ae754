"""Rows of compared data sets that the model has seen in training."""
