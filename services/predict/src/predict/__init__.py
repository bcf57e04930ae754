"""Answers predictions over HTTP and logs each one to the Redis stream."""
