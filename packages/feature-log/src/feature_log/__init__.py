"""The durable way of a record to the stream."""
