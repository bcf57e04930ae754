"""Feast's server for a repository that `training feast` wrote, or one of your own.

    server.py serve REPOSITORY         answer requests; with --materialize, fill the online store first
    server.py materialize REPOSITORY   bring what lies in its data/ into the online store, and end
    server.py health REPOSITORY        exit with 0 if the server answers a look-up

`serve` and `materialize` first tell Feast's registry what the repository defines. Feast takes 6 s of CPU to
be imported (12 without bytecode), so this is one program, where Feast has three commands.
"""

import argparse
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    from feast import FeatureStore

BEGIN: Final = datetime(1970, 1, 2, tzinfo=UTC)
END: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""All rows are taken, whatever their time; of several rows of one entity, Feast takes the newest."""

NEVER: Final = 0
"""After how many requests a worker is replaced: with Feast's 1,000 nobody answers for as long as that takes.

That was 5 s on a busy machine. The worker's memory stayed the same over 2,500 requests (185 MB).
"""


def main() -> None:
    """Run a command; the environment says where the values are kept."""
    options = _options()
    os.environ.setdefault("FEATURES_STORE", "localhost:6379,db=1")
    os.environ.setdefault("FEATURES_REGISTRY", "data/registry.db")
    if options.command == "health":
        sys.exit(_unhealthy(options.repository, options.port))
    store = _store_of(options.repository.absolute())
    if options.materialize or options.command == "materialize":
        _materialize(store)
    if options.command == "serve":
        _question_file(options.repository).write_text(json.dumps(_question(store)))
        store.serve(options.host, options.port, max_requests=NEVER)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="server.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=["serve", "materialize", "health"])
    parser.add_argument("repository", type=Path, help="the folder with feature_store.yaml")
    parser.add_argument("--materialize", action="store_true", help="bring data/ into the online store first")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=6566)
    options = parser.parse_args()
    if not (options.repository / "feature_store.yaml").is_file():
        parser.error(
            f"{options.repository}: expected a folder with feature_store.yaml, which `training feast` writes"
        )
    return options


def _unhealthy(repository: Path, port: int) -> str | None:
    """Return why the server does not answer a look-up; None where it does.

    The first look-up of a worker takes half a second, in which it connects to Redis: it isn't a client's.
    """
    headers = {"Content-Type": "application/json"}
    try:
        question = _question_file(repository).read_bytes()
        with urlopen(Request(f"http://127.0.0.1:{port}/get-online-features", question, headers), timeout=20):
            return None
    except OSError as error:
        return f"features: no look-up is answered: {error}"


def _question(store: "FeatureStore") -> dict[str, object]:
    """Return what to ask of the first feature service: about nobody, by every key that there is."""
    services = [service.name for service in store.list_feature_services()]
    keys = [entity.join_key for entity in store.list_entities() if entity.join_key != "__dummy_id"]
    return {"feature_service": min(services, default=""), "entities": {key: [""] for key in keys}}


def _question_file(repository: Path) -> Path:
    return (repository / os.environ["FEATURES_REGISTRY"]).with_name("question.json")


def _store_of(repository: Path) -> "FeatureStore":
    """Return the store of a repository, whose registry says what the definitions say."""
    from feast import FeatureStore  # noqa: PLC0415 - it takes so long that a mistyped option comes first
    from feast.repo_config import load_repo_config  # noqa: PLC0415
    from feast.repo_operations import apply_total  # noqa: PLC0415

    sys.path.append(str(repository))  # whence Feast imports the definitions
    config = load_repo_config(repository, repository / "feature_store.yaml")
    apply_total(config, repository, skip_source_validation=True)  # works in the folder from here on
    store = FeatureStore(config=config)
    _reach(store)
    return store


def _materialize(store: "FeatureStore") -> None:
    """Bring what data/ holds into the online store; exits with a message where a table isn't there."""
    try:
        store.materialize(BEGIN, END)
    except FileNotFoundError as error:
        file = str(error).splitlines()[-1].removeprefix("Original Message: ")
        sys.exit(f"features: {file} is not there; expected a month in data/, which `training feast` writes")
    print("features: the online store has what data/ holds, where it had nothing newer")


def _reach(store: "FeatureStore") -> None:
    """Exit with a message where the Redis of the online store can't be used: each request would fail."""
    from feast.infra.online_stores.redis import RedisOnlineStore  # noqa: PLC0415
    from redis.exceptions import RedisError  # noqa: PLC0415

    if store.config.online_store.type != "redis":
        return
    try:
        RedisOnlineStore()._get_client(store.config.online_store).ping()
    except RedisError as error:
        place = os.environ["FEATURES_STORE"].partition(",")[0]
        why = str(error).rstrip(".")
        sys.exit(
            f"features: the online store, {place}, can't be used: {why}; expected FEATURES_STORE to name "
            "a Redis, with user and password if it has them. In the stack, who sets REDIS_PASSWORD sets "
            "FEATURES_PASSWORD too"
        )


if __name__ == "__main__":
    main()
