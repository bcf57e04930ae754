"""Reading one model version's keys, into which somebody may have put something else."""

from collections.abc import Iterator
from contextlib import contextmanager

from contract.errors import ContractError
from contract.keys import Partition
from redis.exceptions import ResponseError

from drift_worker.errors import UnreadablePartitionError


@contextmanager
def reading(partition: Partition) -> Iterator[None]:
    """Raise UnreadablePartitionError where what stands in Redis is not what Driftline writes."""
    try:
        yield
    except ResponseError as error:
        raise UnreadablePartitionError(f"{partition}: Redis refuses: {error}") from error
    except (ValueError, TypeError, ArithmeticError, ContractError) as error:
        what = type(error).__name__
        raise UnreadablePartitionError(f"{partition}: something foreign stands in Redis ({what})") from error
