"""Reads a month of rows, and changes them by a drift scenario."""
