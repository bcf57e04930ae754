"""What predict and drift-worker agree on: schema, record, stream, windows, queue."""
