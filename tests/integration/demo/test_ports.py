"""The ports that a demo's services listen on."""

from demo.machine.ports import free_port


def test_of_two_that_start_at_once_only_one_gets_the_preferred_port() -> None:
    """Nothing listens on it yet when the second one looks; else it would ask the first one's service."""
    port = free_port()
    assert free_port(port) == port
    assert free_port(port) not in (0, port)
