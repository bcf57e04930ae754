"""From a valid request to an answer whose record is safe."""
