"""Whether a bundle answers the requests that the one before it answers."""

from bundle import Bundle
from contract.schema import Feature, Schema


def difference(old: Bundle, new: Bundle) -> str | None:
    """What clients would have to change for the new bundle; None where they need not.

    They send the same entity, features and labels, and get answers of the same task and classes. What a
    feature may hold may grow.
    """
    if new.name != old.name:
        return f"it is of the model {new.name}"
    if new.metadata.task != old.metadata.task:
        return f"its task is {new.metadata.task}, not {old.metadata.task}"
    if set(map(repr, new.metadata.classes)) != set(map(repr, old.metadata.classes)):
        return "its classes are others"
    if new.metadata.task == "binary" and repr(new.metadata.classes[1]) != repr(old.metadata.classes[1]):
        return (
            f"its positive class is {new.metadata.classes[1]}, not {old.metadata.classes[1]}, so that "
            "`probability` would be that of the other class"
        )
    return _of_requests(old.schema, new.schema)


def _of_requests(old: Schema, new: Schema) -> str | None:
    if new.entity != old.entity:
        return f"its entity is {new.entity}, not {old.entity}"
    kept = {feature.name: feature for feature in old.features}
    if more := [feature.name for feature in new.features if feature.name not in kept]:
        return f"it needs {', '.join(more)}, which requests don't have"
    if less := sorted(kept.keys() - new.feature_names):
        return f"it doesn't take {', '.join(less)}, which requests have"
    return next(filter(None, (_of_feature(kept[each.name], each) for each in new.features)), None)


def _of_feature(old: Feature, new: Feature) -> str | None:
    if new.kind != old.kind:
        return f"{new.name} is {new.kind}, not {old.kind}"
    if old.nullable and not new.nullable:
        return f"{new.name} can't be null any more"
    return None
