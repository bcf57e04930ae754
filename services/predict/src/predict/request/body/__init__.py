"""The body of a request: read within limits, and inflated where it is gzip."""
