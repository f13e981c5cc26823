"""What people do with MLflow's client, against the server named by the first argument. Ends with an error where it differs."""

import json
import math
import os
import sys
import tempfile

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import mlflow
import numpy as np
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException
from PIL import Image
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()
done = []


def step(function):
    function()
    done.append(function.__name__)


def refused(code, call):
    try:
        call()
    except MlflowException as fault:
        assert fault.error_code == code, (fault.error_code, fault.message)
        return fault.message
    raise AssertionError(f"{code} was expected")


@step
def nested_runs_with_everything():
    mlflow.set_experiment("client")
    with mlflow.start_run(run_name="parent", description="a *note*", tags={"team": "vision"}) as parent:
        mlflow.log_param("lr", 0.1)
        mlflow.log_params({"optimizer": "adam", "layers/first": 3, "long": "x" * 5000})
        mlflow.log_metric("loss", 1.0, step=0)
        mlflow.log_metrics({"loss": 0.5, "acc": 0.8}, step=1)
        for value, at in [(math.nan, 2), (math.inf, 3), (-math.inf, 4)]:
            mlflow.log_metric("odd", value, step=at)
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "a b ü.bin")
            with open(file, "wb") as out:
                out.write(bytes(range(256)) * 1000)
            mlflow.log_artifact(file, "deep/er")
            mlflow.log_artifacts(folder, "all")
        mlflow.log_dict({"a": [1, 2]}, "conf/a.json")
        mlflow.log_text("hello", "notes.txt")
        figure, axes = plt.subplots()
        axes.plot([1, 2])
        mlflow.log_figure(figure, "plots/line.png")
        mlflow.log_image(Image.new("RGB", (8, 8)), "plots/image.png")
        mlflow.log_image(np.zeros((8, 8, 3), dtype=np.uint8), key="seen", step=1)
        mlflow.log_table({"x": [1, 2]}, "table.json")
        frame = pd.DataFrame({"x": [1.0, 2.0], "y": [0, 1]})
        mlflow.log_input(mlflow.data.from_pandas(frame, name="frame", targets="y"), context="training", tags={"k": "v"})
        with mlflow.start_run(run_name="child", nested=True) as child:
            mlflow.log_metric("loss", 0.25)
    run = client.get_run(parent.info.run_id)
    assert run.info.status == "FINISHED" and run.info.run_name == "parent" and run.info.end_time
    assert run.data.params["long"] == "x" * 5000 and run.data.params["layers/first"] == "3"
    assert run.data.metrics["loss"] == 0.5 and run.data.metrics["odd"] == -math.inf
    assert run.data.tags["mlflow.note.content"] == "a *note*" and run.data.tags["team"] == "vision"
    history = client.get_metric_history(run.info.run_id, "odd")
    assert math.isnan(history[0].value) and [m.value for m in history[1:]] == [math.inf, -math.inf]
    assert client.get_run(child.info.run_id).data.tags["mlflow.parentRunId"] == run.info.run_id
    files = {f.path: f for f in client.list_artifacts(run.info.run_id)}
    assert files["deep"].is_dir and not files["notes.txt"].is_dir and files["notes.txt"].file_size == 5, files
    assert [f.path for f in client.list_artifacts(run.info.run_id, "deep/er")] == ["deep/er/a b ü.bin"]
    assert client.list_artifacts(run.info.run_id, "notes.txt") == []
    assert mlflow.artifacts.load_text(run.info.artifact_uri + "/notes.txt") == "hello"
    assert mlflow.artifacts.load_dict(run.info.artifact_uri + "/conf/a.json") == {"a": [1, 2]}
    with tempfile.TemporaryDirectory() as folder:
        path = mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="deep", dst_path=folder)
        with open(os.path.join(path, "er", "a b ü.bin"), "rb") as content:
            assert content.read() == bytes(range(256)) * 1000
    [read] = run.inputs.dataset_inputs
    assert read.dataset.name == "frame" and {t.key: t.value for t in read.tags}["mlflow.data.context"] == "training"
    assert mlflow.load_table("table.json", run_ids=[run.info.run_id])["x"].tolist() == [1, 2]
    assert client.list_artifacts(run.info.run_id, "images"), "log_image by key"


@step
def batches_are_whole_or_not_at_all():
    run = client.create_run("0", run_name="batch")
    uid = run.info.run_id
    points = [Metric("m", float(i), 1000 + i, i) for i in range(500)]
    client.log_batch(uid, points, [Param(f"p{i}", str(i)) for i in range(100)], [RunTag("t", "v")])
    assert len(client.get_metric_history(uid, "m")) == 500
    client.log_batch(uid, points)
    assert len(client.get_metric_history(uid, "m")) == 500, "a batch that comes twice adds nothing"
    message = refused("INVALID_PARAMETER_VALUE", lambda: client.log_batch(uid, [Metric("never", 1, 1, 1)], [Param("p1", "other")]))
    assert "Changing param values is not allowed" in message
    assert client.get_metric_history(uid, "never") == []
    refused("INVALID_PARAMETER_VALUE", lambda: client.log_param(uid, "p1", "other"))
    client.log_param(uid, "p1", "1")
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.get_run("0" * 32))
    first = client._tracking_client.store.get_metric_history(uid, "m", max_results=200)
    assert len(first) == 200 and first.token
    rest = client._tracking_client.store.get_metric_history(uid, "m", max_results=400, page_token=first.token)
    assert [m.step for m in first + rest] == list(range(500)) and not rest.token
    client.set_terminated(uid, "FAILED")
    assert client.get_run(uid).info.status == "FAILED"


@step
def search():
    mlflow.set_experiment("search")
    ids = []
    for index in range(7):
        with mlflow.start_run(run_name=f"run {index}", tags={"team": "a" if index % 2 else "b"}) as run:
            mlflow.log_params({"lr": 0.1 * index, "name with space": "x"})
            mlflow.log_metric("acc", math.nan if index == 6 else index / 10)
            if index == 5:
                mlflow.log_input(mlflow.data.from_numpy(np.zeros(3), name="zeros"), context="test")
        ids.append(run.info.run_id)

    def names(filter_string, **options):
        found = mlflow.search_runs(experiment_names=["search"], filter_string=filter_string, output_format="list", **options)
        return [run.info.run_name for run in found]

    by_acc = {"order_by": ["metrics.acc DESC"]}
    assert names("", **by_acc) == [f"run {i}" for i in (5, 4, 3, 2, 1, 0, 6)], names("", **by_acc)
    assert names("metrics.acc > 0.35 and tags.team = 'a'", **by_acc) == ["run 5"]
    assert names("params.`name with space` = 'x' AND attributes.run_name LIKE 'run 2%'") == ["run 2"]
    assert names("attributes.status = \"FINISHED\" and metrics.acc <= 0.1", order_by=["attributes.start_time ASC"]) == ["run 0", "run 1"]
    assert names(f"run_id IN ('{ids[3]}', '{ids[4]}')", **by_acc) == ["run 4", "run 3"]
    assert names("datasets.name = 'zeros' AND dataset.context = 'test'") == ["run 5"]
    assert names("metrics.acc > 0.45 OR (params.lr = '0.0' AND NOT tags.team = 'a')", **by_acc) == ["run 5", "run 0"]
    frame = mlflow.search_runs(experiment_names=["search"], max_results=3)
    assert len(frame) == 3 and "metrics.acc" in frame.columns and "params.lr" in frame.columns
    experiment = mlflow.get_experiment_by_name("search").experiment_id
    seen, token = [], None
    while True:
        page = client.search_runs([experiment], max_results=2, page_token=token)
        seen += [run.info.run_id for run in page]
        token = page.token
        if not token:
            break
    assert sorted(seen) == sorted(ids)
    assert "metrics.ac" in refused("INVALID_PARAMETER_VALUE", lambda: names("ac > 3"))


@step
def deleting_and_restoring():
    experiment = client.create_experiment("to delete", tags={"k": "v"})
    run = client.create_run(experiment)
    client.set_experiment_tag(experiment, "k2", "v2")
    client.rename_experiment(experiment, "renamed")
    assert client.get_experiment_by_name("renamed").tags == {"k": "v", "k2": "v2"}
    refused("RESOURCE_ALREADY_EXISTS", lambda: client.create_experiment("renamed"))
    client.delete_run(run.info.run_id)
    assert client.get_run(run.info.run_id).info.lifecycle_stage == "deleted"
    refused("INVALID_PARAMETER_VALUE", lambda: client.log_metric(run.info.run_id, "m", 1))
    assert len(client.search_runs([experiment])) == 0
    assert len(client.search_runs([experiment], run_view_type=ViewType.DELETED_ONLY)) == 1
    client.restore_run(run.info.run_id)
    client.log_metric(run.info.run_id, "m", 1)
    client.set_tag(run.info.run_id, "gone", "x")
    client.delete_tag(run.info.run_id, "gone")
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.delete_tag(run.info.run_id, "gone"))
    client.update_run(run.info.run_id, name="other name")
    assert client.get_run(run.info.run_id).info.run_name == "other name"
    client.delete_experiment(experiment)
    assert client.get_run(run.info.run_id).info.lifecycle_stage == "deleted"
    found = [e.name for e in client.search_experiments(view_type=ViewType.DELETED_ONLY)]
    assert found == ["renamed"], found
    client.restore_experiment(experiment)
    found = client.search_experiments(filter_string="name LIKE 'ren%' AND tags.k = 'v'", order_by=["name ASC"])
    assert [e.name for e in found] == ["renamed"]
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.get_experiment("99999"))


@step
def scikit_learn_models():
    mlflow.set_experiment("models")
    mlflow.sklearn.autolog()
    features, labels = load_iris(return_X_y=True, as_frame=True)
    with mlflow.start_run() as run:
        LogisticRegression(max_iter=200).fit(features, labels)
    mlflow.sklearn.autolog(disable=True)
    logged = client.get_run(run.info.run_id)
    assert logged.data.params["max_iter"] == "200" and logged.data.metrics["training_accuracy_score"] > 0.9
    assert logged.outputs.model_outputs and logged.inputs.dataset_inputs
    model_id = logged.outputs.model_outputs[0].model_id
    assert len(mlflow.pyfunc.load_model(f"models:/{model_id}").predict(features)) == 150
    model = LogisticRegression(max_iter=200).fit(features, labels)
    with mlflow.start_run() as run:
        info = mlflow.sklearn.log_model(
            model, name="iris", input_example=features[:2], params={"depth": 3}, registered_model_name="iris"
        )
        mlflow.log_metric("score", 0.9, model_id=info.model_id, dataset=mlflow.data.from_numpy(np.zeros(2), name="d"))
    kept = mlflow.get_logged_model(info.model_id)
    assert kept.params["depth"] == "3" and kept.status == "READY" and kept.metrics[0].value == 0.9
    mlflow.set_logged_model_tags(info.model_id, {"stage": "new"})
    found = mlflow.search_logged_models(
        experiment_ids=[run.info.experiment_id],
        filter_string="name = 'iris' AND metrics.score > 0.5 AND tags.stage = 'new'",
        order_by=[{"field_name": "metrics.score", "ascending": False}],
        output_format="list",
    )
    assert [m.model_id for m in found] == [info.model_id]
    mlflow.delete_logged_model_tag(info.model_id, "stage")
    version = mlflow.register_model(info.model_uri, "iris")
    assert version.version in (2, "2") and client.get_model_version("iris", 2).run_id == run.info.run_id
    client.set_registered_model_alias("iris", "champion", 2)
    assert len(mlflow.pyfunc.load_model("models:/iris@champion").predict(features)) == 150
    assert len(mlflow.sklearn.load_model("models:/iris/1").predict(features)) == 150
    assert client.get_model_version_by_alias("iris", "champion").version in (2, "2")


@step
def registry():
    client.create_registered_model("crud", tags={"a": "b"}, description="first")
    refused("RESOURCE_ALREADY_EXISTS", lambda: client.create_registered_model("crud"))
    run = client.create_run("0")
    client.log_text(run.info.run_id, "x", "model/file.txt")
    source = f"{run.info.artifact_uri}/model"
    one = client.create_model_version("crud", source, run.info.run_id, tags={"k": "v"}, description="v1")
    two = client.create_model_version("crud", f"runs:/{run.info.run_id}/model", run.info.run_id)
    assert [int(one.version), int(two.version)] == [1, 2]
    client.update_model_version("crud", 1, "changed")
    client.set_model_version_tag("crud", 1, "k2", "v2")
    client.delete_model_version_tag("crud", 1, "k")
    got = client.get_model_version("crud", 1)
    assert got.description == "changed" and got.tags == {"k2": "v2"} and got.status == "READY"
    client.set_registered_model_tag("crud", "c", "d")
    client.delete_registered_model_tag("crud", "a")
    client.update_registered_model("crud", "second")
    client.rename_registered_model("crud", "renamed")
    model = client.get_registered_model("renamed")
    assert model.description == "second" and model.tags == {"c": "d"}
    found = client.search_registered_models("name LIKE 'ren%'", order_by=["name DESC"])
    assert [m.name for m in found] == ["renamed"]
    assert [int(v.version) for v in client.search_model_versions("name = 'renamed'", order_by=["version_number DESC"])] == [2, 1]
    assert [int(v.version) for v in client.search_model_versions(f"run_id = '{run.info.run_id}'", order_by=["version_number ASC"])] == [1, 2]
    client.set_registered_model_alias("renamed", "best", 1)
    client.set_registered_model_alias("renamed", "best", 2)
    assert client.get_registered_model("renamed").aliases == {"best": "2"}
    client.delete_registered_model_alias("renamed", "best")
    refused("INVALID_PARAMETER_VALUE", lambda: client.get_model_version_by_alias("renamed", "best"))
    assert client.get_model_version_download_uri("renamed", 2).endswith("/artifacts/model")
    assert mlflow.artifacts.load_text("models:/renamed/1/file.txt") == "x"
    client.delete_model_version("renamed", 1)
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.get_model_version("renamed", 1))
    client.delete_registered_model("renamed")
    refused("RESOURCE_DOES_NOT_EXIST", lambda: client.get_registered_model("renamed"))


print(json.dumps(done))
