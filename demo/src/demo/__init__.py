"""Runs the whole of Driftline on one machine, without Docker."""
