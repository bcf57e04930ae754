"""What can't be a shadow keeps no service from starting; it is said wherever one looks."""

import asyncio
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from opentelemetry.metrics import NoOpMeter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from bundle import Bundle, parts_of, write_bundle
from contract.keys import Partition
from contract.schema import Feature
from feature_log import LogInstruments
from predict.metrics import Metrics
from predict.settings import Settings
from predict.shadow.opening import Candidates, misfit
from predict.shadow.service import Shadows
from sources import FolderSource
from tests.support.processes.predict import EMBEDDED, Running, is_ready, serving
from tests.support.records import record
from tests.support.waiting import wait_for


@pytest.fixture(scope="module")
def stray(challengers: dict[str, Bundle], tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A model of another name."""
    parts = replace(parts_of(challengers["good"]), name="stray")
    return write_bundle(tmp_path_factory.mktemp("stray"), parts)


@pytest.fixture(scope="module")
def needy(challengers: dict[str, Bundle], tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A version that needs a feature that requests don't have."""
    parts = parts_of(challengers["good"])
    schema = parts.schema.model_copy(
        update={"features": [*parts.schema.features, Feature(name="referrals", kind="numerical")]}
    )
    return write_bundle(tmp_path_factory.mktemp("needy"), replace(parts, schema=schema))


def limitations_of(running: Running) -> list[str]:
    """What limits a service, once it has looked at SHADOW."""
    found: list[str] = httpx.get(f"{running.url}/ready").json()["limitations"]
    return found if len(found) > 2 else []


def test_the_service_starts_and_says_it(
    bundle: Bundle, stray: Bundle, needy: Bundle, redis_url: str, tmp_path: Path
) -> None:
    """The served version is idle; a bundle of another name, one that needs more, and none are not used."""
    paths = [bundle.path, stray.path, needy.path, tmp_path / "churn"]
    with serving(tmp_path, redis_url, **EMBEDDED, SHADOW=",".join(map(str, paths))) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        limitations = wait_for("the limitations", lambda: limitations_of(running))
        assert [each.partition(";")[0] for each in limitations] == [
            f"shadow {needy.version}: it needs referrals, which requests to churn {bundle.version} lack",
            f"a shadow that can't be read: {tmp_path}/churn: there is no such folder",
            "SHADOW has a bundle of stray, but BUNDLE serves churn",
        ]
        (listed,) = httpx.get(f"{running.url}/models").json()["models"]
        assert [(each["model_version"], each["state"]) for each in listed["shadows"]] == [
            (bundle.version, "idle"),
            (needy.version, "unusable"),
            (None, "unusable"),
        ]
        assert running.value("predict_shadow_running") == 0
        said = [line["message"] for line in running.lines() if line["level"] == "error"]
        assert len(said) == 3
    assert f"the shadow churn {bundle.version} is idle" in running.log.read_text()


def test_shadows_follow_what_is_served_and_what_their_folders_hold(
    bundle: Bundle, challengers: Mapping[str, Bundle], redis_url: str, tmp_path: Path
) -> None:
    """A promoted one stops, another bundle in a folder starts, and what runs besides goes on undisturbed."""
    first, second, third = (challengers[name] for name in ("good", "failing", "slow"))
    folder = Path(shutil.copytree(second.path, tmp_path / "second"))
    settings, meter = Settings(redis_url=redis_url, spool_dir=tmp_path / "spool"), NoOpMeter("test")
    candidates = Candidates([FolderSource(first.path), FolderSource(folder)])

    async def whole() -> None:
        shadows = Shadows(settings, Metrics(meter, "1"), LogInstruments(meter), candidates)
        of = shadows.of("churn")

        def versions() -> list[str]:
            return [each.bundle.version for each in of.running]

        await shadows.serve(bundle)
        await shadows.look()
        before = [*of.running]
        assert versions() == [first.version, second.version]

        await shadows.serve(first)
        assert [*of.running] == before[1:]
        assert [(each.model_version, each.state) for each in of.told][1:] == [(first.version, "idle")]

        await shadows.serve(bundle)
        again = of.running[0]
        assert versions() == [first.version, second.version]
        shutil.copytree(third.path, folder, dirs_exist_ok=True)
        for _ in range(2):  # a folder counts once it stands still
            await shadows.look()
        assert versions() == [first.version, third.version]
        assert of.running[0] is again
        await shadows.close()
        assert not of.running

    asyncio.run(whole())


def test_a_version_that_becomes_a_shadow_scores_no_answers_of_its_own(
    bundle: Bundle, challengers: Mapping[str, Bundle], redis_url: str, tmp_path: Path
) -> None:
    """Those that it still gave when another took over are in its stream already."""
    settings, meter = Settings(redis_url=redis_url, spool_dir=tmp_path / "spool"), NoOpMeter("test")
    candidates = Candidates([FolderSource(bundle.path)])

    async def whole() -> None:
        shadows = Shadows(settings, Metrics(meter, "1"), LogInstruments(meter), candidates)
        of = shadows.of(bundle.name)
        await shadows.serve(challengers["good"])
        await shadows.look()
        (shadow,) = of.running
        of.offer([record(number, Partition(bundle.name, bundle.version)) for number in range(5)])
        assert len(shadow._waiting) == 0
        of.offer([record(9, Partition(bundle.name, challengers["good"].version))])
        assert len(shadow._waiting) == 1
        await shadows.close()

    asyncio.run(whole())


def test_a_folder_that_is_gone_for_a_while_leaves_no_figure(
    bundle: Bundle, stray: Bundle, challengers: Mapping[str, Bundle], redis_url: str, tmp_path: Path
) -> None:
    """It still shadows its model, whatever the folder is called; one that was a stray is told no more."""
    folder = Path(shutil.copytree(challengers["good"].path, tmp_path / "candidate"))
    other = Path(shutil.copytree(stray.path, tmp_path / "other"))
    settings, reader = Settings(redis_url=redis_url, spool_dir=tmp_path / "spool"), InMemoryMetricReader()
    meter = MeterProvider([reader], shutdown_on_exit=False).get_meter("test")
    candidates = Candidates([FolderSource(folder), FolderSource(other)])

    async def whole() -> None:
        shadows = Shadows(settings, Metrics(meter, "1"), LogInstruments(meter), candidates)
        good = (bundle.name, challengers["good"].version)

        async def told_after_two_looks() -> set[tuple[str, str]]:
            for _ in range(2):  # a folder counts once it stands still
                await shadows.look()
            return shadows_of(reader)

        await shadows.serve(bundle)
        assert await told_after_two_looks() == {good, ("stray", "")}
        folder.rename(tmp_path / "gone")
        assert await told_after_two_looks() == {(bundle.name, ""), ("stray", "")}
        (tmp_path / "gone").rename(folder)
        shutil.copytree(challengers["failing"].path, other, dirs_exist_ok=True)
        assert await told_after_two_looks() == {good, (bundle.name, challengers["failing"].version)}
        await shadows.close()

    asyncio.run(whole())


def shadows_of(reader: InMemoryMetricReader) -> set[tuple[str, str]]:
    """The models and versions of which `predict.shadow.running` is told."""
    data = reader.get_metrics_data()
    assert data is not None
    return {
        (str(labels["model"]), str(labels["model_version"]))
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        if metric.name == "predict.shadow.running"
        for point in metric.data.data_points
        if (labels := point.attributes)
    }


def test_a_bundle_of_other_classes_is_no_shadow(bundle: Bundle, stray: Bundle, tmp_path: Path) -> None:
    """Nobody could say whether the two agree, or judge both by the same labels."""
    assert misfit(bundle, stray) is None
    other = Path(shutil.copytree(stray.path, tmp_path / "other"))
    metadata = stray.metadata.model_copy(update={"classes": ("no", "yes")})
    changed = replace(stray, path=other, metadata=metadata)
    assert misfit(bundle, changed) == (
        f"its classes are no, yes, but churn {bundle.version}, which is served, has false, true"
    )
    task = stray.metadata.model_copy(update={"task": "regression"})
    assert misfit(bundle, replace(stray, metadata=task)) == (
        f"it is regression, but churn {bundle.version}, which is served, is binary"
    )
