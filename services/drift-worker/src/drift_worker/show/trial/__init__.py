"""A trial for people: its sentences and its page."""
