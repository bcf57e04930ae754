"""Reading a page of the stack."""

from urllib.request import urlopen


def page(url: str) -> str:
    """The text at that address; anything but success is a failure of the test."""
    with urlopen(url, timeout=20) as answer:  # noqa: S310 - an address of our own stack
        return str(answer.read().decode())
