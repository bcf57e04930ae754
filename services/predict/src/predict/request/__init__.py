"""From bytes to a valid request, and from an answer or a refusal back to bytes."""
