"""What lies between a proxy or a browser and the routes."""
