"""What it takes to read a large table of one's own."""
