"""Sends requests on schedule, and counts the answers."""
