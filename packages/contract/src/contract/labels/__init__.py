"""Labels: what became true of a prediction, kept in Redis until it is joined with it."""
