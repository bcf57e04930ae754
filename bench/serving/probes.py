"""Whether something of this machine answers."""

import http.client

from demo.machine.ports import HOST


def answers(port: int, path: str) -> bool:
    """Whether the path is answered by 200."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
