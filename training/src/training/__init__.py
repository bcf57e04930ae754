"""Makes bundles and the example months."""
