"""Whether this machine can run containers."""

import subprocess
from functools import cache

from tests.support.processes import program


@cache
def engine_problem() -> str | None:
    """Why there is no container engine to be used here; None where there is one."""
    for command in (["docker", "compose", "version"], ["docker", "version"]):
        try:
            program.run(command, capture_output=True, text=True, check=True, timeout=20)
        except FileNotFoundError:
            return "no docker command is on the PATH"
        except subprocess.TimeoutExpired:
            return "the container engine does not answer"
        except subprocess.CalledProcessError as error:
            return (error.stderr.strip() or f"{' '.join(command)} fails").splitlines()[0]
    return None
