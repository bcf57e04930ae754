"""What a service sends before it closes a connection."""

import socket


def received_until_closed(connection: socket.socket) -> bytes:
    """All bytes of the answer; one that is cut off without any is a failure."""
    received = b""
    try:
        while block := connection.recv(65536):
            received += block
    except ConnectionResetError:
        assert received, "closed without an answer"
    return received
