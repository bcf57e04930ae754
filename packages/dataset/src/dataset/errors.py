"""The error that reading a data set raises."""


class DataError(Exception):
    """A data set or a schema file that can't be used; the message names file, column and row."""
