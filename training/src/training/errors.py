"""The error that training raises."""


class TrainingError(Exception):
    """Data or a model that no bundle can be made of; the message says why and what to do."""
