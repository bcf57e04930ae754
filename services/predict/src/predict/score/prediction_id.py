"""Prediction ids: UUIDs of version 7 (RFC 9562, section 5.7), which sort by time."""

import uuid_utils


def new_prediction_id() -> tuple[str, int]:
    """A new id as text, and its time in milliseconds since the epoch."""
    identifier = uuid_utils.uuid7()
    return str(identifier), identifier.timestamp
