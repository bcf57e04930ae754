"""The instruments that the sweep publishes, a file for each thing that they are about."""
