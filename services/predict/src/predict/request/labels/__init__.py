"""Labels as they come in: read, checked, and kept in Redis before they are acknowledged."""
