"""Which predictions are alike, as to who of them gets a label."""
