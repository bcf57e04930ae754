"""Compares each closed window with the reference and decides."""
