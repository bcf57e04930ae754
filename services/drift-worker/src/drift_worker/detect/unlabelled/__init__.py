"""How good the model seems to be before labels come: an estimate from its own calibrated scores."""
