"""The files of runs and model versions, as MLflow serves them."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Annotated, Final
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from registry.errors import BadArtifactsError, RegistryAwayError
from registry.rest.http import MlflowHttp

ARTIFACTS: Final = "/api/2.0/mlflow-artifacts/artifacts"
SERVED: Final = "mlflow-artifacts"

MOST_FILES: Final = 1_000
MOST_BYTES: Final = 4 * 1024**3
DEEPEST: Final = 8
"""What a version may hold; a bundle has six files of some megabytes, and no folder."""

_NAME: Final = re.compile(r"[^/\\\x00-\x1f\x7f]{1,255}")


class Entry(BaseModel):
    """A file or a folder in a listing; a file's size is in bytes."""

    name: Annotated[str, Field(alias="path")]
    is_folder: Annotated[bool, Field(alias="is_dir")] = False
    size: Annotated[int, Field(alias="file_size", ge=0)] = 0


_ENTRIES: Final = TypeAdapter(list[Entry])


class Artifacts:
    """What lies at locations such as `mlflow-artifacts:/1/models/m-…/artifacts`.

    Each method raises RegistryError: BadArtifactsError where files can't be had, or are not to be taken.
    """

    def __init__(self, http: MlflowHttp) -> None:
        self._http = http

    def list(self, location: str, part: str = "") -> list[Entry]:
        """What is in a folder below a location; nothing where there is no such folder."""
        path = str(PurePosixPath(_path(location), part))
        answer = self._http.json("GET", ARTIFACTS, params={"path": path})
        files = self._http.items(answer, "files")
        try:
            found = _ENTRIES.validate_python(files)
        except ValidationError as error:
            raise self._http.strange(f"{files!r} is no list of files") from error
        for entry in found:
            if not _NAME.fullmatch(entry.name) or entry.name in (".", ".."):
                raise BadArtifactsError(f"a file in MLflow is called {entry.name!r}, which is no plain name")
        return found

    def download(self, location: str, part: str, folder: Path) -> int:
        """Write all files below a part of a location into a folder; gives their number."""
        files, whole = dict[str, int](), 0
        for name, size in self._files(location, part, DEEPEST):
            files[name] = size
            whole += size
            if len(files) > MOST_FILES or whole > MOST_BYTES:
                raise BadArtifactsError(
                    f"{location} has more than {MOST_FILES:,} files or {MOST_BYTES // 1024**3} GiB; "
                    "so much is no model to take"
                )
        for name, size in files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            self._fetch(str(PurePosixPath(_path(location), part, name)), size, target)
        return len(files)

    def upload(self, location: str, folder: Path, part: str = "") -> None:
        """Put all files of a folder below a part of a location."""
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            path = PurePosixPath(_path(location), part, file.relative_to(folder).as_posix())
            with file.open("rb") as content:
                self._http.put(f"{ARTIFACTS}/{quote(str(path))}", content)

    def _files(self, location: str, part: str, depth: int) -> Iterator[tuple[str, int]]:
        """Each file below a part of a location by its path from there, with its size."""
        for entry in self.list(location, part):
            if not entry.is_folder:
                yield entry.name, entry.size
            elif depth:
                below = self._files(location, str(PurePosixPath(part, entry.name)), depth - 1)
                yield from ((f"{entry.name}/{name}", size) for name, size in below)
            else:
                raise BadArtifactsError(f"{location} has more than {DEEPEST} folders in one another")

    def _fetch(self, path: str, size: int, target: Path) -> None:
        written = 0
        with self._http.answer("GET", f"{ARTIFACTS}/{quote(path)}") as answer, target.open("xb") as file:
            for content in self._http.parts(answer, size):
                written += file.write(content)
        if written != size:
            raise RegistryAwayError(f"{path}: {written:,} bytes came from MLflow, where it lists {size:,}")


def _path(location: str) -> str:
    """The path of a location among MLflow's files; raises BadArtifactsError where it is no such place."""
    parts = urlsplit(location)
    path = parts.path.strip("/")
    if parts.scheme != SERVED or parts.netloc:
        raise BadArtifactsError(
            f"the files are at {location}, which MLflow doesn't serve by its own address; "
            f"expected {SERVED}:/… (a server with --serve-artifacts, which is its default)"
        )
    if not path or ".." in PurePosixPath(path).parts:
        raise BadArtifactsError(f"{location} is no place of a model's files")
    return path
