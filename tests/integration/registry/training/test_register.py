"""`training register` puts bundles into MLflow, and `training rollback` moves an alias back."""

import json
from dataclasses import replace
from pathlib import Path

import mlflow.artifacts
import mlflow.onnx
import pytest
from mlflow import MlflowClient
from mlflow.models import get_model_info

from bundle import Bundle, open_bundle, parts_of, write_bundle
from registry import ModelReference, RegistryAccess, RegistryCache, RegistryClient
from tests.support.data.training import Training
from tests.support.processes.mlflow import MlflowServer


@pytest.fixture
def client(mlflow: MlflowServer, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    """MLflow's own client."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow.url)
    return MlflowClient(mlflow.url)


@pytest.fixture(scope="session")
def bundles(bundle_path: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Bundle]:
    """The example's bundle, and the same model with two other thresholds."""
    first, folder = open_bundle(bundle_path), tmp_path_factory.mktemp("bundles")
    others = [
        write_bundle(folder / f"churn{number}", replace(parts_of(first), threshold=threshold))
        for number, threshold in enumerate((0.4, 0.3), 2)
    ]
    return [first, *others]


def test_mlflow_itself_reads_what_was_registered(
    training: Training, client: MlflowClient, bundles: list[Bundle], tmp_path: Path
) -> None:
    """An ONNX model with a signature; the bundle lies beside it, and the run has its figures."""
    answer = training("register", "--bundle", bundles[0].path, "--name", "read", "--alias", "champion")

    assert answer.code == 0, answer.err
    assert answer.out.splitlines() == [
        f"registered {bundles[0].path} as models:/read/1: model churn, version {bundles[0].version}",
        "models:/read@champion is version 1 now",
        "next: BUNDLE=models:/read@champion make up    # serves it",
    ]
    registered = client.get_model_version_by_alias("read", "champion")
    assert registered.tags["driftline.version"] == bundles[0].version
    assert registered.tags["driftline.content_hash"] == bundles[0].metadata.content_hash
    folder = Path(mlflow.artifacts.download_artifacts("models:/read@champion", dst_path=str(tmp_path)))
    assert open_bundle(folder / "bundle").metadata == bundles[0].metadata
    model = mlflow.onnx.load_model("models:/read@champion")
    assert model.SerializeToString(deterministic=True) == bundles[0].model_path.read_bytes()
    signature = get_model_info("models:/read@champion").signature
    assert signature is not None
    kinds = {"numerical": "double", "boolean": "boolean", "categorical": "string"}
    assert [(each["name"], each["type"], each["required"]) for each in signature.inputs.to_dict()] == [
        (each.name, kinds[each.kind], not each.nullable) for each in bundles[0].schema.features
    ]
    run = client.get_run(str(registered.run_id))
    assert run.info.status == "FINISHED"
    assert run.data.metrics["auc"] == bundles[0].metadata.validation.value  # type: ignore[union-attr]
    assert run.data.params["n_estimators"] == "300"


def test_predict_and_workers_fetch_what_was_registered(
    training: Training, mlflow: MlflowServer, bundles: list[Bundle], tmp_path: Path
) -> None:
    """By the alias, as it moves there and back."""
    served = ModelReference.parse("models:/fetched@champion")
    with RegistryClient(RegistryAccess(mlflow.url)) as client:
        cache = RegistryCache(tmp_path, client)
        found = []
        for bundle in bundles[:2]:
            training("register", "--bundle", bundle.path, "--name", "fetched", "--alias", "champion")
            found.append(open_bundle(cache.fetch(served).path).version)
        training("rollback", "fetched")
        found.append(open_bundle(cache.fetch(served).path).version)

    assert found == [bundles[0].version, bundles[1].version, bundles[0].version]


def test_the_same_bundle_makes_no_second_version(
    training: Training, client: MlflowClient, mlflow: MlflowServer, bundles: list[Bundle]
) -> None:
    """It is said, and the alias moves all the same; a version that has lost a file isn't the bundle."""
    for bundle in bundles[:2]:
        training("register", "--bundle", bundle.path, "--name", "twice", "--alias", "champion")

    again = training("register", "--bundle", bundles[0].path, "--name", "twice", "--alias", "champion")

    assert again.out.splitlines()[:2] == [
        f"models:/twice/1 holds this bundle already (model churn, version {bundles[0].version}); "
        "no second version was made",
        "models:/twice@champion is version 1 now; it was version 2",
    ]
    run = client.get_model_version("twice", "1").run_id
    (kept,) = mlflow.folder.rglob(f"{run}/artifacts/model/bundle/check.json")
    kept.unlink()
    anew = training("register", "--bundle", bundles[0].path, "--name", "twice", "--json")
    assert (anew.json["version"], anew.json["is_new"]) == (3, True)


def test_a_bundle_of_another_name_is_refused(
    training: Training, client: MlflowClient, bundles: list[Bundle], tmp_path: Path
) -> None:
    """By default a bundle has its folder's name, and predict takes over no model of another name."""
    first = bundles[0]
    other = write_bundle(tmp_path / "churn-2", replace(parts_of(first), name="churn-2"))
    asked = ("register", "--bundle", other.path, "--name", "named", "--alias", "champion")
    training("register", "--bundle", first.path, "--name", "named", "--alias", "champion")

    answer = training(*asked)
    there = [each.version for each in client.search_model_versions("name='named'")]
    forced = training(*asked, "--force")
    training("rollback", "named")
    back = training("register", "--bundle", bundles[1].path, "--name", "named", "--alias", "champion")
    newest = training("register", "--bundle", other.path, "--name", "named", "--alias", "challenger")

    assert answer.code == 2
    assert answer.err == (
        f"error: {other.path} is of the model churn-2, but version 1 of named is of the model churn, and "
        "what serves churn can't take churn-2 over; build it with `training build --name churn`, register "
        "it under another --name, or say --force\n"
    )
    assert there == ["1"]
    assert forced.out.splitlines()[1] == "models:/named@champion is version 2 now; it was version 1"
    assert back.code == 0, back.err
    assert "but version 3 of named is of the model churn" in newest.err


def test_a_rollback_goes_to_the_version_that_had_the_alias_before(
    training: Training, client: MlflowClient, bundles: list[Bundle]
) -> None:
    """Champion 1, then 3 and not 2: back to 1, and no further."""
    training("register", "--bundle", bundles[0].path, "--name", "back", "--alias", "champion")
    training("register", "--bundle", bundles[1].path, "--name", "back", "--alias", "challenger")
    training("register", "--bundle", bundles[2].path, "--name", "back", "--alias", "champion")

    back = training("rollback", "back")
    further = training("rollback", "back")

    assert back.out == "models:/back@champion is version 1 now; it was version 3\n"
    assert client.get_model_version_by_alias("back", "champion").version == "1"
    assert further.code == 2
    assert further.err == (
        "error: models:/back@champion is version 1, and there is no version before it to go back to\n"
    )
    assert training("rollback", "back", "--alias", "x").err == (
        "error: models:/back has no alias x; expected one of: challenger (version 2), champion (version 1)\n"
    )


def test_an_alias_that_mlflow_itself_has_moved(
    training: Training, client: MlflowClient, bundles: list[Bundle]
) -> None:
    """Nobody remembers what it was before: the next lower version, which here holds no bundle."""
    client.create_registered_model("moved")
    run = client.create_run("0").info
    client.create_model_version("moved", f"{run.artifact_uri}/model", run.run_id)
    training("register", "--bundle", bundles[0].path, "--name", "moved")
    client.set_registered_model_alias("moved", "champion", "2")

    back = training("rollback", "moved", "--json")

    assert json.loads(back.out) == {
        "name": "moved",
        "alias": "champion",
        "old": 2,
        "new": 1,
        "has_bundle": False,
    }


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("rollback", "nobody"), "Registered Model with name=nobody not found"),
        (("register", "--bundle", "nowhere", "--name", "x"), "nowhere: there is no such folder"),
        (("import", "models:/nobody@champion", "--data", "x"), "has no model 'nobody'"),
        (("import", "churn@champion", "--data", "x"), "expected models:/NAME@ALIAS"),
    ],
)
def test_what_is_not_there_is_said_in_one_sentence(
    training: Training, work: Path, arguments: tuple[str, ...], expected: str
) -> None:
    """With exit code 2."""
    answer = training(*arguments)

    assert answer.code == 2
    assert expected in answer.error


def test_without_mlflow_nothing_is_done(
    training: Training, monkeypatch: pytest.MonkeyPatch, bundle_path: Path
) -> None:
    """It is said where it was looked for, or that nobody has said where it is."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    away = training("register", "--bundle", bundle_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    unset = training("register", "--bundle", bundle_path)

    assert (away.code, unset.code) == (2, 2)
    assert "MLflow at http://127.0.0.1:9 can't be reached" in away.err
    assert "MLFLOW_TRACKING_URI: expected http://HOST:PORT of an MLflow server" in unset.err


def test_an_alias_that_mlflow_keeps_to_itself_is_refused_first(
    training: Training, client: MlflowClient, bundle_path: Path
) -> None:
    """Before anything is registered."""
    answer = training("register", "--bundle", bundle_path, "--name", "reserved", "--alias", "v1")

    assert (answer.code, "reserves latest, v1" in answer.err) == (2, True)
    assert client.search_registered_models("name='reserved'") == []
