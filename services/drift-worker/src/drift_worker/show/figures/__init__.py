"""The figures that the sweep publishes: what stands in Redis, read for each instrument."""
