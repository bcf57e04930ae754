"""How good the model is by its labels: pure functions of arrays, weighted by how many rows are labelled."""
