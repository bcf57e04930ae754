"""Traffic: requests, on schedule, and what became of them."""
