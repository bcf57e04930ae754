"""A durable log: each record comes to the Redis stream, or to the disk while Redis is away."""

from contract.keys import Partition
from contract.stream.record import Record
from feature_log.log import FeatureLog, LogOptions
from feature_log.metrics import LogInstruments
from feature_log.rows import KeyReusedError, NoRoomError

__all__ = [
    "FeatureLog",
    "KeyReusedError",
    "LogInstruments",
    "LogOptions",
    "NoRoomError",
    "Partition",
    "Record",
]
