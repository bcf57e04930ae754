"""Whether a bundle answers the requests that the one before it answers."""

from bundle import Bundle
from contract.schema import Feature, Schema
from sources import Source


def difference(old: Bundle, new: Bundle, *, comes_back: bool = False) -> str | None:
    """What clients would have to change for the new bundle; None where they need not.

    They send the same entity, features and labels, and get answers of the same task and classes. What a
    feature may hold may grow. It may shrink only where a version that was served before `comes_back`: no
    client needs more than what that one took, but for those that came to rely on the version in between.
    """
    if new.name != old.name:
        return f"it is of the model {new.name}, not {old.name}"
    if new.metadata.task != old.metadata.task:
        return f"its task is {new.metadata.task}, not {old.metadata.task}"
    if set(map(repr, new.metadata.classes)) != set(map(repr, old.metadata.classes)):
        return "its classes are others"
    if new.metadata.task == "binary" and repr(new.metadata.classes[1]) != repr(old.metadata.classes[1]):
        return (
            f"its positive class is {new.metadata.classes[1]}, not {old.metadata.classes[1]}, so that "
            "`probability` would be that of the other class"
        )
    return _of_requests(old.schema, new.schema) or (None if comes_back else _of_nulls(old.schema, new.schema))


def cant_take_over(source: Source, new: Bundle, what: str) -> str:
    """Say that a bundle can't take over, for what clients would have to change."""
    return f"{source}: version {new.version} can't take over: {what}; start predict again to serve it"


def not_called_so(source: Source, mended: Bundle, name: str) -> str:
    """Say that a bundle is well by now, but has another name than its model got while it was not."""
    return (
        f"{source} holds a bundle of the model {mended.name} now, which is called {name} here, since its "
        "name couldn't be read when predict started; start predict again to serve it"
    )


def _of_requests(old: Schema, new: Schema) -> str | None:
    if new.entity != old.entity:
        return f"its entity is {new.entity}, not {old.entity}"
    kept = {feature.name: feature for feature in old.features}
    if more := [feature.name for feature in new.features if feature.name not in kept]:
        return f"it needs {', '.join(more)}, which requests don't have"
    if less := sorted(kept.keys() - new.feature_names):
        return f"it doesn't take {', '.join(less)}, which requests have"
    return next(filter(None, (_of_kind(kept[each.name], each) for each in new.features)), None)


def _of_kind(old: Feature, new: Feature) -> str | None:
    return None if new.kind == old.kind else f"{new.name} is {new.kind}, not {old.kind}"


def _of_nulls(old: Schema, new: Schema) -> str | None:
    nullable = {feature.name for feature in old.features if feature.nullable}
    less = [each.name for each in new.features if each.name in nullable and not each.nullable]
    return f"{', '.join(less)} can't be null any more" if less else None
