"""Measures MLflow's client against a server: address, seconds, runs, points, searches (0: none), fetched runs,
steps. Each measurement ends when all is done or the seconds are over. Prints JSON."""

import json
import sys
import time

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param

address = sys.argv[1]
limit, runs, points, searches, fetched_runs, steps = map(int, sys.argv[2:8])
mlflow.set_tracking_uri(address)
client = MlflowClient()
measured = {}


def measure(name, pieces, work):
    begin = time.perf_counter()
    count = 0
    try:
        for piece in range(pieces):
            if piece > 0 and time.perf_counter() - begin > limit:
                break
            count += work(piece)
        seconds = time.perf_counter() - begin
        measured[name] = {"count": count, "seconds": seconds, "perSecond": count / seconds}
    except Exception as fault:
        measured[name] = {"failed": f"{type(fault).__name__}: {fault}"[:300]}


def create_run(index):
    run = client.create_run(created).info.run_id
    client.log_batch(
        run,
        [Metric(f"metric {i}", i + index / runs, 1_700_000_000_000 + i, 0) for i in range(20)],
        [Param(f"param {i}", str(i * index)) for i in range(20)],
    )
    return 1


def log_points(piece):
    begin = piece * 1000
    client.log_batch(
        logged,
        [Metric(f"m{i % 10}", i / 7, 1_700_000_000_000 + i, i // 10) for i in range(begin, begin + 1000)],
    )
    return 1000


def search(_):
    found = client.search_runs([searched], order_by=["metrics.`metric 3` DESC"], max_results=100)
    values = [run.data.metrics["metric 3"] for run in found]
    assert len(values) == 100 and values == sorted(values, reverse=True)
    return 1


def fetch(piece):
    run = fetched[piece // 10].info.run_id
    assert len(client.get_metric_history(run, f"m{piece % 10}")) == steps
    return steps


created = client.create_experiment("created")
measure("createRuns", runs, create_run)
logged = client.create_run("0").info.run_id
measure("logPoints", points // 1000, log_points)
if searches > 0:
    searched = client.get_experiment_by_name("searched").experiment_id
    measure("search", searches, search)
experiment = client.get_experiment_by_name("fetched").experiment_id
fetched = client.search_runs([experiment], max_results=fetched_runs)
measure("fetchPoints", 10 * len(fetched), fetch)
print(json.dumps(measured))
