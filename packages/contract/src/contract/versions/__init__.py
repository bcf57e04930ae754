"""Which versions of a model are served now, and which are retired."""
