"""A durable log: each record comes to the Redis stream, or to the disk while Redis is away."""

from contract.keys import Partition
from contract.stream.record import Record

from feature_log.log import FeatureLog, KeyReusedError, LogOptions

__all__ = ["FeatureLog", "KeyReusedError", "LogOptions", "Partition", "Record"]
