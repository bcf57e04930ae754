"""The way to Redis: connections, and the queue of evaluations."""
