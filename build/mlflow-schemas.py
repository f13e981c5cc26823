"""Makes mlflow.db files of every schema that MLflow has had: two runs, logged in the first one and carried on by
MLflow's own migrations. Argument: a folder that is there. Prints the revisions, oldest first, as JSON."""

import json
import shutil
import sys
from pathlib import Path

import sqlalchemy
from alembic import command
from alembic.script import ScriptDirectory
from mlflow.store.db.utils import _get_alembic_config
from mlflow.store.tracking.dbmodels.initial_models import Base

folder = Path(sys.argv[1])
file = folder / "current.db"
url = f"sqlite:///{file}"
engine = sqlalchemy.create_engine(url)
Base.metadata.create_all(engine)
config = _get_alembic_config(url)
with engine.begin() as store:
    run = "INSERT INTO runs (run_uuid, name, source_type, status, start_time, end_time, lifecycle_stage, artifact_uri, experiment_id, user_id) VALUES "
    for statement in (
        "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage) VALUES (0, 'Default', '/a', 'active'), (3, 'cats', '/a', 'active')",
        run + f"('{'a' * 32}', 'first', 'LOCAL', 'FINISHED', 1000, 2000, 'active', '/a', 3, 'ada')",
        run + f"('{'b' * 32}', 'second', 'LOCAL', 'FAILED', 3000, 4000, 'deleted', '/a', 3, 'ada')",
        f"INSERT INTO metrics (key, value, timestamp, run_uuid) VALUES ('loss', 0.5, 1001, '{'a' * 32}'), ('loss', 0.25, 1002, '{'a' * 32}')",
        f"INSERT INTO params (key, value, run_uuid) VALUES ('lr', '0.1', '{'a' * 32}')",
        f"INSERT INTO tags (key, value, run_uuid) VALUES ('team', 'x', '{'a' * 32}')",
    ):
        store.execute(sqlalchemy.text(statement))
engine.dispose()
revisions = [one.revision for one in ScriptDirectory.from_config(config).walk_revisions()][::-1]
for revision in revisions:
    command.upgrade(config, revision)
    shutil.copyfile(file, folder / f"{revision}.db")
file.unlink()
print(json.dumps(revisions))
