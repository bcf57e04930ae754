"""Redis's append-only file, to be cut short as a host loss cuts it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Command:
    """A command in the file: its name, and where it begins and ends."""

    name: bytes
    begin: int
    end: int


def incremental_file(folder: Path) -> Path:
    """The file to which the server appends."""
    (path,) = folder.glob("appendonlydir/*.incr.aof")
    return path


def transactions(content: bytes) -> list[Command]:
    """What Redis takes as a whole: transactions, and the commands outside of any, in order."""
    found: list[Command] = []
    begun: int | None = None
    for command in commands(content):
        if command.name == b"MULTI":
            begun = command.begin
        elif command.name == b"EXEC" and begun is not None:
            found.append(Command(b"EXEC", begun, command.end))
            begun = None
        elif begun is None:
            found.append(command)
    return found


def commands(content: bytes) -> list[Command]:
    """Every command of the file, in order."""
    found: list[Command] = []
    at = 0
    while at < len(content):
        begin = at
        line = content.index(b"\r\n", at)
        if content[at : at + 1] == b"#":  # a time stamp
            at = line + 2
            continue
        words, at = int(content[at + 1 : line]), line + 2
        name = b""
        for _ in range(words):
            line = content.index(b"\r\n", at)
            length = int(content[at + 1 : line])
            word = content[line + 2 : line + 2 + length]
            name = name or word.upper()
            at = line + 2 + length + 2
        found.append(Command(name, begin, at))
    return found
