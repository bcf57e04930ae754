"""Labels of predictions that several versions of a model made: one answered with it, others shadowed it."""
