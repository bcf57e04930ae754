"""Labels joined with a million predictions, by id and by entity."""
