"""Whether detection keeps its promises: no action without drift, every break found."""
