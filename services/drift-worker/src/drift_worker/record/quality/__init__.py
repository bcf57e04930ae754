"""Quality evaluations: what they hold, their commit in Redis, their files."""
