"""Times MLflow's client against a server. Arguments: address, runs, points, fetched runs, steps. Prints JSON."""

import json
import sys
import time

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param

address, runs, points, fetched_runs, steps = sys.argv[1], *map(int, sys.argv[2:6])
mlflow.set_tracking_uri(address)
client = MlflowClient()
seconds = {}


def timed(name, function):
    begin = time.perf_counter()
    result = function()
    seconds[name] = time.perf_counter() - begin
    return result


def create_runs():
    experiment = client.create_experiment("created")
    for index in range(runs):
        run = client.create_run(experiment).info.run_id
        client.log_batch(
            run,
            [Metric(f"metric {i}", i + index / runs, 1_700_000_000_000 + i, 0) for i in range(20)],
            [Param(f"param {i}", str(i * index)) for i in range(20)],
        )


def log_points():
    run = client.create_run("0").info.run_id
    for begin in range(0, points, 1000):
        client.log_batch(
            run,
            [Metric(f"m{i % 10}", i / 7, 1_700_000_000_000 + i, i // 10) for i in range(begin, begin + 1000)],
        )


def search():
    experiment = client.get_experiment_by_name("searched").experiment_id
    found = client.search_runs([experiment], order_by=["metrics.`metric 3` DESC"], max_results=100)
    assert len(found) == 100
    return [run.data.metrics["metric 3"] for run in found]


def fetch():
    experiment = client.get_experiment_by_name("fetched").experiment_id
    for run in client.search_runs([experiment], max_results=fetched_runs):
        for index in range(10):
            assert len(client.get_metric_history(run.info.run_id, f"m{index}")) == steps


client.search_experiments()
timed("createRuns", create_runs)
timed("logPoints", log_points)
values = timed("search", search)
assert values == sorted(values, reverse=True)
timed("fetch", fetch)
print(json.dumps(seconds))
