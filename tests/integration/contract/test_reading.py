"""A window is read whole, in order and in bounded steps, also where the connection is lost meanwhile."""

from collections.abc import Iterator

import pytest
from redis import Redis
from redis.exceptions import ResponseError

from contract.partition import pending_windows
from contract.redis.connection import background_client
from contract.stream.append import StreamWriter
from contract.stream.read import READ_BATCH, Entry, entries
from contract.windows import Window
from tests.support.records import PARTITION, append_now, record

ROWS = 2 * READ_BATCH + 3


@pytest.fixture
def client(redis_url: str) -> Iterator[Redis]:
    """A client as the worker has it, with the only connection that it needs."""
    with background_client(redis_url) as client:
        yield client


@pytest.fixture
def window(redis: Redis) -> Window:
    """A closed window of three reads."""
    writer = StreamWriter(PARTITION, ROWS, "writer")
    for begin in range(0, ROWS, 250):
        end = min(begin + 250, ROWS)
        append_now(writer, redis, begin + 1, [record(number) for number in range(begin, end)])
    (closed,) = pending_windows(redis, PARTITION)
    return closed


def places(batch: list[Entry]) -> list[str]:
    """The stream ids of a batch."""
    return [stream_id for stream_id, _ in batch]


def all_places(redis: Redis) -> list[str]:
    """The ids of every entry of the stream."""
    answer = redis.xrange(PARTITION.stream)
    return [stream_id.decode() for stream_id, _ in answer]  # type: ignore[union-attr]


def test_a_window_is_read_in_steps(client: Redis, window: Window) -> None:
    """Each entry once and in its order, so many at a time."""
    batches = [places(batch) for batch in entries(client, window)]
    assert [len(batch) for batch in batches] == [READ_BATCH, READ_BATCH, 3]
    assert [place for batch in batches for place in batch] == all_places(client)


def test_a_window_is_read_in_steps_as_short_as_asked(client: Redis, window: Window) -> None:
    """So that of large entries only so many are held."""
    assert {len(batch) for batch in entries(client, window, at_once=1)} == {1}


def test_reading_goes_on_after_a_lost_connection(client: Redis, redis: Redis, window: Window) -> None:
    """What was asked for on the old connection is asked for again on a new one."""
    read, killed = list[str](), 0
    for batch in entries(client, window):
        read += places(batch)
        killed += redis.client_kill_filter(_type="normal", skipme=True)
    assert killed
    assert read == all_places(redis)


def test_reading_that_is_given_up_leaves_the_connection_as_it_was(client: Redis, window: Window) -> None:
    """The answer that nobody waits for is not taken for another command's."""
    reading = entries(client, window)
    next(reading)
    del reading
    assert client.echo("next") == b"next"


def test_reading_that_is_broken_off_leaves_the_connection_as_it_was(
    client: Redis, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a time limit does, by an exception from anywhere."""

    def broken_off(*_: object) -> None:
        raise KeyboardInterrupt

    connection = client.connection_pool.get_connection()
    client.connection_pool.release(connection)
    monkeypatch.setattr(connection, "read_response", broken_off)
    with pytest.raises(KeyboardInterrupt):
        next(entries(client, window))
    monkeypatch.undo()
    assert client.echo("next") == b"next"


def test_a_stream_that_is_no_stream_is_an_error(client: Redis, window: Window) -> None:
    """It is not an empty window."""
    client.set(PARTITION.stream, "text")
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        list(entries(client, window))
    assert client.echo("next") == b"next"
