"""Requests that nobody thought of: strategies of hypothesis, from the example's schema."""

import json

from hypothesis import strategies as st

from bundle import open_bundle
from predict.request.openapi import request_example
from tests.support.paths import ROOT

SCHEMA = open_bundle(ROOT / "bundles" / "churn").schema
EXAMPLE = request_example(SCHEMA)
BODY = json.dumps(EXAMPLE).encode()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=20,
)
good_values = {
    "numerical": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**20), 10**20),
    "categorical": st.text(max_size=256),
    "boolean": st.booleans(),
}
good_features = st.fixed_dictionaries(
    {
        feature.name: st.none() | good_values[feature.kind] if feature.nullable else good_values[feature.kind]
        for feature in SCHEMA.features
    }
)
changed_features = st.dictionaries(
    st.sampled_from(SCHEMA.feature_names) | st.text(max_size=80), json_values, min_size=1, max_size=3
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """The example's bytes with a piece replaced by others."""
    start = draw(st.integers(0, len(BODY)))
    end = draw(st.integers(start, min(len(BODY), start + 20)))
    piece = draw(
        st.binary(max_size=20) | st.sampled_from([b'"', b"{", b"}", b":", b",", b"1e999", b"\\ud800"])
    )
    return BODY[:start] + piece + BODY[end:]
