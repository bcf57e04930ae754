"""Sends a month of traffic to the predict endpoint."""
