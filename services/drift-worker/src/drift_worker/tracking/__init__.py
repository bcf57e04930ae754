"""Evaluations of a model version from MLflow's registry, logged to its run there."""
