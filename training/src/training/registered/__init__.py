"""What is registered with MLflow: bundles that are put there, and models that others put there."""
