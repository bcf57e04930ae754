"""One window, from the stream to its committed evaluation, against Evidently's preset on the same frames."""
