"""The error that training raises."""


class TrainingError(Exception):
    """Data or a model that can't become a bundle; the message says why and what to do."""
