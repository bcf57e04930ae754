"""One quality evaluation, from labels that were joined to what is published."""
