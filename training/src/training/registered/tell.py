"""What `training register` and `training rollback` say."""

import shlex

from bundle import Bundle
from training.registered.register import Registered, RolledBack


def tell_registered(registered: Registered, bundle: Bundle) -> None:
    """Print which version holds the bundle, where the alias has moved, and what serves it."""
    version = f"models:/{registered.name}/{registered.version}"
    holds = f"model {bundle.name}, version {bundle.version}"
    if registered.is_new:
        print(f"registered {bundle.path} as {version}: {holds}")
    else:
        print(f"{version} holds this bundle already ({holds}); no second version was made")
    if registered.alias is not None:
        print(_moved(registered.name, registered.alias, registered.before, registered.version))
    moved = registered.before not in (None, registered.version)
    follows = "; a predict that follows it takes it over, if it answers the same requests" if moved else ""
    print(f"next: BUNDLE={shlex.quote(registered.reference)} make up    # serves it{follows}")


def tell_rolled_back(rolled_back: RolledBack) -> None:
    """Print from which version to which the alias has moved, and whether that version can be served."""
    print(_moved(rolled_back.name, rolled_back.alias, rolled_back.old, rolled_back.new))
    if not rolled_back.has_bundle:
        version = f"models:/{rolled_back.name}/{rolled_back.new}"
        print(f"{version} holds no bundle, so predict refuses it and serves on what it has")
        print(
            f"next: uv run training import {shlex.quote(version)} --data REFERENCE    # makes a bundle of it"
        )


def _moved(name: str, alias: str, old: int | None, new: int) -> str:
    if old == new:
        return f"models:/{name}@{alias} is version {new}, as before"
    return f"models:/{name}@{alias} is version {new} now" + (f"; it was version {old}" if old else "")
