"""Evaluations as gauges, pages and an Evidently workspace."""
