"""The spool's disk is full, read-only or damaged while Redis is away: said and counted, and the rest is kept.

Each with the writer alive, and with the writer killed, whose spool another process drains.
"""

import random
import stat
from pathlib import Path

import pytest

from tests.support.faults.small_disk import BOUND_BY_MODES, Disk, small_disk
from tests.support.faults.spool_account import SpoolAccount, spool_account, why_not_ready
from tests.support.figures import Figures
from tests.support.processes.predict import Running
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(120)

BEFORE, AWAY, AFTER = 20, 300, 10
"""Requests before Redis goes away, while it is away, and afterwards."""

with_writer = pytest.mark.parametrize("killed", [False, True], ids=["writer-alive", "writer-killed"])


def come_back(account: SpoolAccount, running: Running, *, killed: bool) -> Running:
    """Redis is there again; gives the process that drains: the writer, or the one after it."""
    if killed:
        account.kill(running)
    account.server.start()
    return account.start() if killed else running


def checked(account: SpoolAccount, figures: Figures, what: str) -> tuple[int, int]:
    """How many records were dropped and lost; the ledger says so, and the others are there once, in order."""
    counted, logged = account.settled()
    missing = set(account.held) - set(logged)
    figures.add(
        what,
        answered=len(account.held),
        dropped=counted.dropped,
        lost=counted.lost,
        uncounted=len(missing) - counted.dropped - counted.lost,
        duplicated=len(logged) - len(set(logged)),
    )
    assert logged == [each for each in account.held if each not in missing]
    assert len(missing) == counted.dropped + counted.lost
    return counted.dropped, counted.lost


@with_writer
def test_a_full_disk(tmp_path: Path, figures: Figures, killed: bool) -> None:
    """What no longer fits is dropped; what fitted is appended, and then there is room again."""
    spool = tmp_path / "spool"
    spool.mkdir()
    with small_disk(spool) as disk, spool_account(tmp_path, disk) as account:
        running = account.start()
        account.ask(running, BEFORE)
        account.server.stop()
        account.ask(running, AWAY)
        assert "No space left on device" in why_not_ready(running)
        now = come_back(account, running, killed=killed)
        account.settled()
        account.ask(now, AFTER)
        dropped, lost = checked(account, figures, f"full disk, writer {'killed' if killed else 'alive'}")
        assert 100 < dropped < AWAY
        assert lost == 0
        assert account.files() == []
        assert "No space left on device" in running.log.read_text()


@with_writer
def test_a_read_only_spool(tmp_path: Path, figures: Figures, killed: bool) -> None:
    """What can't be written is dropped; what was written is taken once, also where it can't be removed."""
    spool = tmp_path / "spool"
    with spool_account(tmp_path, Disk(spool, BOUND_BY_MODES)) as account:
        running = account.start()
        account.ask(running, BEFORE)
        wait_for("the checkpoint", lambda: list(spool.glob("*/checkpoint")))
        folders = [spool, *spool.iterdir()]
        allow(folders, stat.S_IRUSR | stat.S_IXUSR)
        account.server.stop()
        account.ask(running, AWAY)
        assert "Permission denied" in why_not_ready(running)
        allow(folders, stat.S_IRWXU)
        account.ask(running, AWAY)
        if killed:
            account.kill(running)
            allow(folders, stat.S_IRUSR | stat.S_IXUSR)
            account.server.start()
            now = account.start()
            wait_for("what was written to be taken", lambda: len(account.logged()) == BEFORE + AWAY)
            allow(folders, stat.S_IRWXU)
        else:
            now = come_back(account, running, killed=False)
        account.settled()
        account.ask(now, AFTER)
        dropped, lost = checked(
            account, figures, f"read-only spool, writer {'killed' if killed else 'alive'}"
        )
        wait_for("the files to go", lambda: not account.files())
        assert dropped == AWAY - 1, "the first was on its way to Redis, and waits in memory"
        assert lost == killed


@with_writer
def test_a_spool_file_damaged_in_the_middle(tmp_path: Path, figures: Figures, killed: bool) -> None:
    """The damaged records are lost, and said; those around them are taken, and the file is kept."""
    chance = random.Random(61 + killed)  # noqa: S311 - seeded
    spool = tmp_path / "spool"
    with spool_account(tmp_path, Disk(spool)) as account:
        running = account.start()
        account.ask(running, BEFORE)
        account.server.stop()
        account.ask(running, AWAY)
        if killed:
            account.kill(running)
        (file,) = account.files()
        damage(file, chance)
        account.server.start()
        now = account.start() if killed else running
        account.settled()
        account.ask(now, AFTER)
        dropped, lost = checked(account, figures, f"damaged spool, writer {'killed' if killed else 'alive'}")
        assert dropped == 0
        assert 1 <= lost < AWAY / 4
        wait_for("the file to be kept", lambda: len(list((spool / "unreadable").glob("*"))) == 1)
        assert "could not be read" in now.log.read_text()


def allow(folders: list[Path], mode: int) -> None:
    """Let the owner do that much with the folders, and no more."""
    for folder in folders:
        folder.chmod(mode)


def damage(file: Path, chance: random.Random) -> None:
    """Put noise in the place of some bytes in the middle of the file, whose length stays."""
    content = bytearray(file.read_bytes())
    begin = chance.randrange(len(content) // 4, len(content) // 2)
    noise = chance.randbytes(chance.randint(100, 5_000))
    content[begin : begin + len(noise)] = noise
    with file.open("r+b") as opened:
        opened.write(content)
