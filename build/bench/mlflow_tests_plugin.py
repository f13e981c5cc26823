"""
A plugin of pytest: MLflow's own tests of its REST API start their server by `_init_server`; here that is Glyphlab, a new
one for each test. Writes what became of each test as JSON to $GLYPHLAB_TESTS_REPORT.
"""

import contextlib
import importlib
import json
import os
import subprocess
import sys
import tempfile
import types

outcomes = {}


@contextlib.contextmanager
def _init_server(*_, **__):
    command = json.loads(os.environ["GLYPHLAB_TESTS_SERVER"])
    with tempfile.TemporaryDirectory() as home:
        server = subprocess.Popen([*command, "--home", home], stdout=subprocess.PIPE, text=True)
        try:
            yield json.loads(server.stdout.readline())["mlflow"]
        finally:
            server.terminate()
            server.wait()


def _send_rest_tracking_post_request(tracking_server_uri, api_path, json_payload, auth=None):
    import requests

    return requests.post(tracking_server_uri + api_path, json=json_payload, auth=auth)


def invoke_cli_runner(command, args, env=None):
    from click.testing import CliRunner

    return CliRunner(env=env).invoke(command, args, catch_exceptions=False)


def helpers(name):
    """MLflow's own module of helpers, or an empty one where the file of tests has come without them."""
    try:
        return importlib.import_module(name)
    except ImportError:
        parts = name.split(".")
        for at in range(1, len(parts) + 1):
            sys.modules.setdefault(".".join(parts[:at]), types.ModuleType(parts[at - 1]))
        return sys.modules[name]


def pytest_configure(config):
    config.addinivalue_line("markers", "allow_infer_pip_requirements_fallback: MLflow's own")
    tracking = helpers("tests.tracking.integration_test_utils")
    tracking._init_server = _init_server
    tracking.__dict__.setdefault("_send_rest_tracking_post_request", _send_rest_tracking_post_request)
    helpers("tests.integration.utils").__dict__.setdefault("invoke_cli_runner", invoke_cli_runner)


def pytest_collection_modifyitems(config, items):
    # The store behind MLflow's own server: here there is one.
    kept = [item for item in items if "[file" not in item.nodeid and "-file" not in item.nodeid]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def pytest_runtest_logreport(report):
    if report.when != "call" and report.passed:
        return
    reason = "" if report.passed else str(report.longrepr).strip().splitlines()
    outcomes[report.nodeid.split("::", 1)[-1]] = {
        "outcome": report.outcome,
        "reason": "" if report.passed else next((line[2:] for line in reason if line.startswith("E ")), reason[-1]).strip(),
    }


def pytest_collectreport(report):
    if report.failed:
        outcomes[report.nodeid] = {"outcome": "failed", "reason": str(report.longrepr).strip().splitlines()[-1]}


def pytest_sessionfinish():
    with open(os.environ["GLYPHLAB_TESTS_REPORT"], "w") as file:
        json.dump(outcomes, file)
