"""Runs a bundle's model on rows: features become tensors, tensors become probabilities."""
