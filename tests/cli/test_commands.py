"""The command line as a whole, and `demo`."""

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

import joblib_dask_compat
from joblib_dask_compat.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[2]


def test_each_command_says_what_it_does(command_line):
    told = command_line("--help").stdout
    for name in COMMANDS:
        assert re.search(rf"^    {name}\s", told, re.MULTILINE)
        help_text = command_line(name, "--help")
        assert help_text.returncode == 0
        assert name in help_text.stdout


def test_version(command_line):
    assert command_line("--version").stdout.strip() == joblib_dask_compat.__version__


@pytest.mark.parametrize("arguments", [(), ("no-such-command",), ("doctor", "--scheduler", "nowhere")])
def test_wrong_usage(command_line, arguments):
    done = command_line(*arguments)
    assert done.returncode == 2
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_every_json_has_a_schema_that_is_one_and_is_documented(command_line):
    page = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    with_json = [name for name in COMMANDS if "{text,json}" in command_line(name, "--help").stdout]
    assert "caniuse" in with_json
    for name in with_json:
        schema = json.loads((ROOT / "docs" / "schemas" / f"{name}.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["properties"]["schema_version"] == {"const": 1}
        assert f"(schemas/{name}.json)" in page


@pytest.mark.cluster
def test_demo(tmp_path):
    # a real search twice, and scikit-learn's import in each worker: minutes on a busy machine
    command = [sys.executable, "-m", "joblib_dask_compat", "demo", "--workers", "2"]
    done = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert "equal to the sequential run" in done.stdout
    assert "of 80 tasks" in done.stdout
