"""What is inside the images that are built here."""

import json
from collections.abc import Sequence

import pytest

from tests.support.stack.project import Stack

pytestmark = pytest.mark.timeout(600)

MEMBERS = {
    "predict": ["predict", "bundle", "contract", "registry", "sources", "telemetry"],
    "drift-worker": ["drift_worker", "bundle", "contract", "dataset", "registry", "sources", "telemetry"],
    "simulator": ["simulator", "contract", "dataset"],
}

SERVERS = {"mlflow": "mlflow", "features": "feast"}
"""Images of servers that have a lock of their own, each with a module of it."""

IMPORT_ALL = """
import importlib, pkgutil, sys
for name in sys.argv[1:]:
    for module in pkgutil.walk_packages(importlib.import_module(name).__path__, name + "."):
        importlib.import_module(module.name)
"""

FIND = """
import importlib.util, sys
print(*[name for name in sys.argv[1:] if importlib.util.find_spec(name)])
"""


@pytest.fixture(scope="module", autouse=True)
def built(stack: Stack) -> None:
    """All images, those of the profiles too."""
    stack.compose("--profile", "load", "--profile", "mlflow", "--profile", "feast", "build", timeout=600)


HARDENED = ("--read-only", "--tmpfs=/tmp", "--cap-drop=ALL")


def run(stack: Stack, image: str, *command: str, options: Sequence[str] = HARDENED) -> str:
    """What a command prints in a container of that image, by default one as hardened as in the stack."""
    alone = ["run", "--rm", "--network=none", *options, f"--entrypoint={command[0]}"]
    return stack.docker(*alone, f"driftline/{image}:{stack.tag}", *command[1:])


@pytest.mark.parametrize("image", MEMBERS)
def test_a_member_declares_what_it_imports(stack: Stack, image: str) -> None:
    """Every module of a service, and of the packages that it is built on, can be imported in its image."""
    run(stack, image, "python", "-W", "ignore", "-c", IMPORT_ALL, *MEMBERS[image])


@pytest.mark.parametrize("image", MEMBERS)
def test_only_its_own_member_is_inside(stack: Stack, image: str) -> None:
    """Of the project's members an image holds those that its service needs, and no other."""
    ours = {member for members in MEMBERS.values() for member in members} | {"demo", "training"}
    assert set(run(stack, image, "python", "-c", FIND, *sorted(ours)).split()) == set(MEMBERS[image])


def test_predict_has_no_pandas_and_no_evidently(stack: Stack) -> None:
    """What answers requests carries nothing of what compares windows, and nobody MLflow's library."""
    heavy = ("evidently", "pandas", "sklearn", "scipy", "pyarrow", "mlflow")
    assert run(stack, "predict", "python", "-c", FIND, *heavy).split() == []
    assert run(stack, "drift-worker", "python", "-c", FIND, "mlflow").split() == []


def test_predict_is_small(stack: Stack) -> None:
    """predict's image is at most 237 MB larger than the Python image that it is built from.

    It was 227 MB before predict could ask MLflow, which was to cost 10 MB at most.
    """
    [image] = json.loads(stack.docker("image", "inspect", f"driftline/predict:{stack.tag}"))
    [base] = json.loads(
        stack.docker("image", "inspect", image["Config"]["Labels"]["org.opencontainers.image.base.name"])
    )
    assert (image["Size"] - base["Size"]) / 1e6 <= 237


@pytest.mark.parametrize("image", [*MEMBERS, *SERVERS])
def test_an_image_runs_as_a_fixed_user_and_carries_no_tools(stack: Stack, image: str) -> None:
    """Uid 10001 without any option, no compiler, no uv, no cache, and bytecode that is already compiled."""
    module = SERVERS.get(image, "contract.keys")
    assert run(stack, image, "id", "-u").strip() == "10001"
    tools = "for tool in cc gcc uv; do command -v $tool; done; ls -A /tmp; find / -xdev -name .cache"
    assert run(stack, image, "sh", "-c", tools, options=["--user=0"]) == ""
    bytecode = (
        f"from importlib.util import *; print(__import__('os').path.exists(find_spec({module!r}).cached))"
    )
    assert run(stack, image, "python", "-c", bytecode).strip() == "True"


@pytest.mark.parametrize("image", [*MEMBERS, *SERVERS])
def test_an_image_says_what_it_is(stack: Stack, image: str) -> None:
    """Title, description, licence, version and base stand in the image's labels."""
    [inspected] = json.loads(stack.docker("image", "inspect", f"driftline/{image}:{stack.tag}"))
    labels = {name.rsplit(".", 1)[-1]: text for name, text in inspected["Config"]["Labels"].items()}
    assert labels["title"] == f"driftline/{image}"
    assert labels["version"] == stack.tag
    assert labels["licenses"] == "Apache-2.0"
    assert labels["description"]
