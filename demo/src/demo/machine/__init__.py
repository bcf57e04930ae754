"""Driftline's processes on one machine: starts, watches and stops them."""
