"""`python -m bench.reading.read WHAT FILE`: propose a table's schema, or read it by its schema.

Each in a process of its own, for the peak of its memory.
"""

import sys
import time
from pathlib import Path

from pydantic import BaseModel

from bench.drift_job.peak_memory import peak_of_process
from dataset import Options, propose_schema, read_dataset, read_schema_yaml, schema_yaml


class Read(BaseModel):
    """What it took."""

    seconds: float
    peak_bytes: int
    columns: int


def _main(what: str, file: Path) -> None:
    schema_file = file.with_suffix(".yaml")
    began = time.perf_counter()
    if what == "schema":
        schema = propose_schema(file, Options(entity="user_id", label="churned")).schema
        schema_file.write_text(schema_yaml(schema), encoding="utf-8")
    else:
        schema = read_schema_yaml(schema_file)
        read_dataset(file, schema)
    columns = len(schema.features) + 2
    print(
        Read(
            seconds=time.perf_counter() - began, peak_bytes=peak_of_process(), columns=columns
        ).model_dump_json()
    )


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]))
