"""Records on the disk, while Redis is away."""
