"""The RQ worker: one process that evaluates windows as they are queued."""
