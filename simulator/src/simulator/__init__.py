"""Simulates traffic: replays a month of rows over HTTP, with a drift scenario if one is chosen."""
