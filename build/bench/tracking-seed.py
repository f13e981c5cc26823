"""Fills the SQLite store of MLflow with what is searched and fetched. Arguments: file, runs, fetched runs, steps."""

import sqlite3
import sys

file, runs, fetched_runs, steps = sys.argv[1], *map(int, sys.argv[2:5])
store = sqlite3.connect(file)
begin = 1_700_000_000_000


def experiment(name):
    cursor = store.execute(
        "INSERT INTO experiments (name, artifact_location, lifecycle_stage, creation_time, last_update_time) VALUES (?, 'mlflow-artifacts:/x', 'active', ?, ?)",
        (name, begin, begin),
    )
    return cursor.lastrowid


def add_runs(place, prefix, count):
    uids = [f"{prefix}{index:030x}" for index in range(count)]
    store.executemany(
        "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, end_time, source_version, lifecycle_stage, artifact_uri, experiment_id) VALUES (?, ?, 'UNKNOWN', '', '', 'u', 'FINISHED', ?, ?, '', 'active', 'mlflow-artifacts:/x', ?)",
        [(uid, uid, begin + index, begin + index, place) for index, uid in enumerate(uids)],
    )
    return uids


searched = add_runs(experiment("searched"), "aa", runs)
store.executemany("INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)",
    ((f"param {i}", str(i), uid) for uid in searched for i in range(20)))
for table, names in (("metrics", "key, value, timestamp, step, is_nan, run_uuid"), ("latest_metrics", "key, value, timestamp, step, is_nan, run_uuid")):
    store.executemany(f"INSERT INTO {table} ({names}) VALUES (?, ?, ?, 0, 0, ?)",
        ((f"metric {i}", (index * 7919) % 10007 + i, begin, uid) for index, uid in enumerate(searched) for i in range(20)))
fetched = add_runs(experiment("fetched"), "bb", fetched_runs)
store.executemany("INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, 0, ?)",
    ((f"m{i}", step / 7, begin + step, step, uid) for uid in fetched for i in range(10) for step in range(steps)))
store.executemany("INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, 0, ?)",
    ((f"m{i}", (steps - 1) / 7, begin + steps - 1, steps - 1, uid) for uid in fetched for i in range(10)))
store.commit()
