"""The spool: records on disk while Redis is away."""
