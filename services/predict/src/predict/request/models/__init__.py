"""The models as requests meet them: each with all of its parts, and what is told of them."""
