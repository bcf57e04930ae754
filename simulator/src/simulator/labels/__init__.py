"""The labels of a month, sent to a predict service."""
