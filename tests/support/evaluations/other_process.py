"""Run as a process of its own: detection and UI, with every attempt to reach the network noted.

Prints the findings of month_001 and the addresses that were tried, as one JSON document.
"""

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

TRIED: list[str] = []

REACHING_OUT = {
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.connect",
    "socket.sendto",
    "subprocess.Popen",
    "os.posix_spawn",
    "os.fork",
}
"""Audit events of the network, and of other processes: Evidently's telemetry is sent by one."""


def note(event: str, arguments: tuple[Any, ...]) -> None:
    """Note what Python's audit events say of reaching out."""
    if event in REACHING_OUT:
        TRIED.append(f"{event} {arguments[0] if arguments else ''}")


async def ask_the_ui(reports: Path) -> list[int]:
    """The statuses of what the UI's start page asks for, each of which is an event to Evidently."""
    from httpx import ASGITransport, AsyncClient  # noqa: PLC0415 - after the hook

    from drift_worker.show.app import create_ui  # noqa: PLC0415 - after the hook

    transport = ASGITransport(app=create_ui(reports))  # type: ignore[arg-type]
    async with AsyncClient(transport=transport, base_url="http://ui") as client:
        return [(await client.get(path)).status_code for path in ("/", "/api/projects")]


def main(months: Path) -> None:
    """Detect, ask the UI, and print what came of it."""
    sys.addaudithook(note)
    from dataset import read_dataset, read_schema_yaml  # noqa: PLC0415 - after the hook
    from drift_worker.detect.drift import detect  # noqa: PLC0415 - after the hook
    from drift_worker.detect.evidently.quiet import quiet_evidently  # noqa: PLC0415 - after the hook
    from drift_worker.evaluate.compare import reference_of  # noqa: PLC0415 - after the hook

    schema = read_schema_yaml(months / "schema.yaml")
    before, now = (read_dataset(months / name, schema).frame for name in ("month_000", "month_002"))
    quiet_evidently()
    detection = detect(reference_of(before, schema), now, 1.0)
    with tempfile.TemporaryDirectory() as folder:
        statuses = asyncio.run(ask_the_ui(Path(folder)))
    findings = [each.model_dump() for each in detection.findings]
    print(json.dumps({"findings": findings, "statuses": statuses, "tried": TRIED}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
