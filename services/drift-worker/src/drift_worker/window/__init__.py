"""One window of the stream as a table."""
