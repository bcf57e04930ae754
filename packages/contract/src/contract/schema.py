"""The feature schema: the one list of what a model takes, and of what its data are called."""

from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NotRequired, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
    with_config,
)
from typing_extensions import TypedDict

from contract.errors import BadSchemaError
from contract.task import OUTPUTS, ClassValue, Kind, Name, Task
from contract.times import TIMESTAMP, Time

MAX_TEXT = 256
"""The longest string, in characters, that a feature or an entity key may have."""

PREDICTION_ID = "prediction_id"
"""The column of windows that holds the id of each prediction, unless the data have one of that name."""

LOOKED_UP = "looked_up"
"""The column of windows that holds what is known of look-ups, unless the data have one of that name."""

FEATURES = "features"
"""The field of a request that holds the features, beside that of the entity."""

ROW = "row"
"""The name of the entity where the data have none, and rows are numbered."""

Ids = Literal["repeat", "none"]
"""What is unusual of the entity keys: `repeat`, one may stand in several rows; `none`, rows are numbered."""

Decimal = Literal[".", ","]
"""The mark between a number's whole part and its decimals, where data hold numbers as text."""

Method = Literal["wasserstein", "jensenshannon"]
"""Evidently's names of the methods by which a column is compared with the reference."""

Text = Annotated[str, Field(max_length=MAX_TEXT)]
FeatureValue = float | str | bool | None
Features = dict[str, FeatureValue]

_MINUTES: Final = {"m": 1, "h": 60, "d": 24 * 60, "w": 7 * 24 * 60}

Document = TypeVar("Document", bound=BaseModel)

STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, frozen=True)


class DriftOptions(BaseModel):
    """How one column is watched, where the defaults do not fit it."""

    model_config = STRICT

    size: Annotated[float, Field(gt=0.0)] | None = None
    """The column has drifted from this size on, in standard deviations of the reference."""
    method: Method | None = None
    ignore: bool = False
    """Whether the column is left out: neither its drift nor its breaks are looked for."""


class Feature(BaseModel):
    """One column that the model reads; range or categories are those of the reference."""

    model_config = STRICT

    name: Name
    kind: Kind
    nullable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    categories: list[Text] | None = None
    decimal: Decimal | None = None
    """How data write its numbers, where that can be read in two ways."""
    drift: DriftOptions | None = None

    @model_validator(mode="after")
    def _decimal_fits_kind(self) -> Self:
        if self.kind != "numerical" and self.decimal is not None:
            raise ValueError(
                f"feature {self.name!r} is {self.kind}, but decimal is for numbers; leave it out"
            )
        return self

    @model_validator(mode="after")
    def _method_fits_kind(self) -> Self:
        if self.kind != "numerical" and self.drift is not None and self.drift.method == "wasserstein":
            raise ValueError(
                f"feature {self.name!r} is {self.kind}, but wasserstein compares numbers; "
                "expected jensenshannon, or no method"
            )
        return self

    @property
    def annotation(self) -> Any:
        """The strict Python type of one value."""
        base: Any = {"numerical": float, "categorical": Text, "boolean": bool}[self.kind]
        return base | None if self.nullable else base


class Label(BaseModel):
    """The column that the model predicts, and the value of two that counts as positive."""

    model_config = STRICT

    name: Name
    positive: ClassValue | None = None
    """None where the values say it, and where there are not two of them."""
    decimal: Decimal | None = None
    """How data write a number to predict, where that can be read in two ways."""
    nullable: bool | None = None
    """Whether rows may lack a label: no model is trained on them or measured by them."""
    missing: list[Text] | None = None
    """Texts that are no class: their rows have no label."""
    horizon: Annotated[str, Field(pattern=r"^([1-9][0-9]{0,4}[mhdw]|none)$")] | None = None
    """For how long a label of an entity is about its last prediction: `45d`; m, h and w for other units.

    `none` says that a label may come however late, as leaving it out does.
    """
    negative_at_horizon: bool | None = None
    """Whether a prediction is negative if its entity has no label when the horizon has passed."""

    @model_validator(mode="after")
    def _missing_needs_nullable(self) -> Self:
        if self.missing and not self.nullable:
            raise ValueError(
                "missing says which rows have no label, so `nullable: true` has to stand beside it"
            )
        return self

    @model_validator(mode="after")
    def _negative_needs_a_horizon(self) -> Self:
        if self.negative_at_horizon and self.horizon_ms is None:
            raise ValueError("negative_at_horizon needs a horizon, such as `horizon: 45d`")
        return self

    @property
    def horizon_ms(self) -> int | None:
        """The horizon in milliseconds; None where a label may come however late."""
        if self.horizon in (None, "none"):
            return None
        return int(self.horizon[:-1]) * _MINUTES[self.horizon[-1]] * 60_000


class Schema(BaseModel):
    """Entity key, label and features of one model, in the order in which the model takes them."""

    model_config = STRICT

    entity: Name = ROW
    ids: Ids | None = None
    """None where the data have an id in each row, each once."""
    missing: list[Text] | None = None
    """Cells of the data that mean a missing value, beside the usual ones in numbers and flags."""
    label: Label | None = None
    task: Task | None = None
    """None where the label's values say it; in a bundle, None is binary."""
    classes: Annotated[list[ClassValue], Field(min_length=2)] | None = None
    """The label's values, in the order of the numbers by which a model names them; None where they say it."""
    features: Annotated[list[Feature], Field(min_length=1)]
    time: Time | None = None
    """When each row was; windows are then compared with the rows of like hours and weekdays."""
    feature_service: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)] | None = None
    """The feature service by which features are looked up; None where it is called as the model is."""
    alert_budget: Annotated[float, Field(gt=0.0, le=2160.0)] | None = None
    """The false actions accepted in 2,160 windows; None where the worker's ALERT_BUDGET says it."""

    @field_validator("time", mode="before")
    @classmethod
    def _time_may_be_a_name(cls, time: Any) -> Any:
        return {"column": time} if isinstance(time, str) else time

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [self.entity, *([self.label.name] if self.label else []), *self.feature_names]
        counted = Counter([*names, *([self.time.column] if self.time else [])])
        twice = sorted(name for name, count in counted.items() if count > 1)
        if twice:
            raise ValueError(f"each column has one role, but {', '.join(twice)} is named more than once")
        if self.entity == FEATURES:
            raise ValueError(
                f"{FEATURES} cannot be the entity: requests have a field of that name; rename the column"
            )
        return self

    @model_validator(mode="after")
    def _entity_is_named(self) -> Self:
        if "entity" not in self.model_fields_set and self.ids != "none":
            raise ValueError("entity: name the column of the ids, or say `ids: none`: then rows are numbered")
        return self

    @model_validator(mode="after")
    def _classes_fit_the_task(self) -> Self:
        positive = self.label.positive if self.label else None
        if positive is not None and self.task not in (None, "binary"):
            raise ValueError(f"label.positive is for two classes, but the task is {self.task}; leave it out")
        if self.classes is None:
            return self
        if self.task == "regression":
            raise ValueError(
                "classes are for binary and multiclass, but the task is regression; leave them out"
            )
        if len({(type(value), value) for value in self.classes}) < len(self.classes):
            raise ValueError("each class is named once")
        if self.task != "multiclass" and len(self.classes) != 2 and positive is not None:  # noqa: PLR2004
            raise ValueError(f"label.positive is for two classes, but classes has {len(self.classes)}")
        return self

    @model_validator(mode="after")
    def _negative_needs_two_classes(self) -> Self:
        if self.label and self.label.negative_at_horizon and self.task not in (None, "binary"):
            raise ValueError(f"negative_at_horizon is for two classes, but the task is {self.task}")
        return self

    @model_validator(mode="after")
    def _one_feature_is_watched(self) -> Self:
        if not self.watched:
            raise ValueError(
                "every feature has drift.ignore, so nothing would be watched; leave it out of at least one"
            )
        return self

    @property
    def has_keys(self) -> bool:
        """Whether entities have keys of their own, by which features can be looked up."""
        return self.ids != "none"

    @property
    def outputs(self) -> Mapping[str, Kind]:
        """The columns of the model's output, each with its kind."""
        return {self.beside(name): kind for name, kind in OUTPUTS[self.task or "binary"].items()}

    @property
    def timestamp(self) -> str:
        """The column of frames that holds the time of each row, in UTC."""
        return self.beside(TIMESTAMP)

    @property
    def prediction_id(self) -> str:
        """The column of windows that holds the id of each prediction."""
        return self.beside(PREDICTION_ID)

    @property
    def looked_up(self) -> str:
        """The column of windows that says which features were looked up, and how old they were."""
        return self.beside(LOOKED_UP)

    def beside(self, name: str) -> str:
        """Give the name of a column beside those of the data: this one, unless the data have it."""
        taken = {self.entity, *self.feature_names, *([self.label.name] if self.label else [])}
        while name in taken:
            name += "_"
        return name

    @property
    def watched(self) -> list[Feature]:
        """The features whose drift and breaks are looked for."""
        return [feature for feature in self.features if feature.drift is None or not feature.drift.ignore]

    @property
    def feature_names(self) -> list[str]:
        """The features' names, in the model's order."""
        return [feature.name for feature in self.features]

    @cached_property
    def features_type(self) -> Any:
        """A strict TypedDict of one row of features, for requests and for records alike."""
        return with_config(STRICT)(TypedDict("Features", self._fields))  # type: ignore[operator]

    @cached_property
    def some_features_type(self) -> Any:
        """The same of a row that may lack features, which are then looked up."""
        fields = {name: NotRequired[each] for name, each in self._fields.items()}
        return with_config(STRICT)(TypedDict("SomeFeatures", fields))  # type: ignore[operator]

    @property
    def _fields(self) -> dict[str, Any]:
        return {
            feature.name: Annotated[feature.annotation, Field(description=_describe(feature))]
            for feature in self.features
        }

    @cached_property
    def features_adapter(self) -> TypeAdapter[Features]:
        """Validates one row of features from JSON or from Python values."""
        return TypeAdapter(self.features_type)


def read_schema(path: Path) -> Schema:
    """Read schema.json; raises BadSchemaError naming the file and the field."""
    return read_document(path, Schema, BadSchemaError)


def read_document(path: Path, kind: type[Document], refusal: type[Exception]) -> Document:
    """Read a JSON file as a model; raises the refusal naming the file and the field."""
    try:
        return kind.model_validate_json(path.read_bytes())
    except OSError as error:
        raise refusal(f"{path}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise refusal(f"{path}: {first_problem(error)}") from error


def first_problem(error: ValidationError) -> str:
    """The first problem of a validation, as `field.path: what is wrong`."""
    problem = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in problem["loc"])
    return f"{where}: {problem['msg']}" if where else problem["msg"]


def _describe(feature: Feature) -> str:
    if feature.kind == "numerical" and feature.minimum is not None:
        return f"numerical; {feature.minimum:g} to {feature.maximum:g} in the reference"
    if feature.categories:
        return f"categorical; in the reference one of {', '.join(feature.categories[:20])}"
    return feature.kind
