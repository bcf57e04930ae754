"""Labels joined with the predictions that they are about, in files beside their windows."""
