"""Several windows together: small changes that last, which no single window shows."""
