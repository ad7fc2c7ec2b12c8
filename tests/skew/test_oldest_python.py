"""The commands on Python 3.6, with a packaging of that time."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

import cells
from cells import Cell

OLDEST = cells.edges()[0]
SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schemas"

LOCK = '[[package]]\nname = "joblib"\nversion = "1.0.1"\n'


@pytest.fixture
def command(interpreter: Callable[[Cell], Path], tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    python = interpreter(OLDEST)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        line = [str(python), "-m", "joblib_dask_compat", *arguments]
        return subprocess.run(line, check=False, capture_output=True, text=True, cwd=tmp_path)

    return run


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["caniuse", "--env"], 0),
        (["caniuse", "joblib==0.13.2", "distributed==1.28.1", "scikit-learn==0.20.4", "--python", "3.9"], 1),
        (["caniuse", "joblib==99"], 3),
        (["pins"], 0),
        (["pins", "--prefer", "nearest", "--keep", "joblib==0.11"], 0),
        (["pins", "--keep", "joblib==1.6.0"], 1),
        (["upgrade", "--to", "newest"], 0),
        (["explain", "cve-2022-21797"], 0),
        (["versions"], 0),
        (["doctor"], 1),  # security advisories
    ],
)
def test_json(command: Callable[..., subprocess.CompletedProcess[str]], arguments: list[str], code: int) -> None:
    done = command(*arguments, "--format", "json")
    assert done.returncode == code, done.stderr
    schema = json.loads((SCHEMAS / f"{arguments[0]}.json").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(done.stdout), schema)
    assert "Traceback" not in done.stderr
    assert command(*arguments).returncode == code


@pytest.mark.parametrize(
    ("name", "content", "code", "told"),
    [
        ("environment.yml", "dependencies: [joblib=0.11, scikit-learn=0.19.2]", 0, ""),
        ("requirements.txt", "joblib==0.11; python_version < '3.7'", 0, ""),
        ("requirements.txt", "joblib==abc", 2, "line 1: 'joblib==abc' is no requirement"),
        ("Pipfile.lock", '{"default": {"joblib": {"version": "==0.11"}}}', 0, ""),
        ("uv.lock", LOCK, 2, "python -m pip install tomli"),
    ],
)
def test_files(
    command: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path: Path,
    name: str,
    content: str,
    code: int,
    told: str,
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    done = command("caniuse", "--lock", name)
    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == (1 if code else 0)
