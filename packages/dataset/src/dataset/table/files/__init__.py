"""The files of a data set: which tables they are, and what they hold."""
