"""Tables as files: which there are, what their columns hold, and which rows they share."""
