"""Features that a request does not bring, looked up by its entity."""
