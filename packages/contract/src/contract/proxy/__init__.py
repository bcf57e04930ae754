"""What a service knows of the proxy before it: which it trusts, and under which path it is public."""
