"""Writes a folder completely or not at all."""

import os
import shutil
from collections.abc import Container, Mapping
from pathlib import Path

from bundle.errors import BundleError


def write_folder(out: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder of files, named by their paths relative to `out`.

    The files are written to a second folder beside `out`, which is then renamed. An existing folder is
    replaced if it holds only files of the same names. Raises BundleError where it holds another file, or
    where the disk refuses.
    """
    out = out.absolute()
    try:
        refuse_foreign(out, files)
        out.parent.mkdir(parents=True, exist_ok=True)
        fresh = out.with_name(f".{out.name}.{os.getpid()}.new")
        try:
            for name, content in files.items():
                path = fresh / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            _swap(fresh, out)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise BundleError(f"{out}: cannot be written: {error.strerror or error}") from error


def refuse_foreign(out: Path, names: Container[str]) -> None:
    """Raise BundleError where the folder `out` holds a file with another name than these."""
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise BundleError(f"{out}: is not a folder; choose another place to write to")
    for path in sorted(out.rglob("*")):
        if not path.is_dir() and path.relative_to(out).as_posix() not in names:
            raise BundleError(
                f"{out}: holds {path.relative_to(out)}, which would be lost; choose an empty or a new folder"
            )


def _swap(fresh: Path, out: Path) -> None:
    if not out.exists():
        fresh.rename(out)
        return
    stale = out.with_name(f".{out.name}.{os.getpid()}.old")
    out.rename(stale)
    try:
        fresh.rename(out)
    except OSError:
        stale.rename(out)
        raise
    shutil.rmtree(stale)
