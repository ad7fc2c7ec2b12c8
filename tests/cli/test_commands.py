"""The command line as a whole, and `demo`."""

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

import joblib_dask_compat
from joblib_dask_compat.cli import COMMANDS, main

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


DIGITS = "9" * 5000  # more than Python turns into a number

NO_VERSIONS = [
    ("caniuse", f"joblib=={DIGITS}"),
    ("caniuse", "joblib==1.0.1", "--python", "3.\u00b2"),
    ("caniuse", "joblib==1.0.1", "--python", f"3.{DIGITS}"),
    ("caniuse", f"python==3.{DIGITS}", "joblib==1.0.1"),
    ("pins", "--python", "3.\u0668"),
    ("pins", "--keep", f"joblib=={DIGITS}"),
    ("upgrade", "--to", "joblib==1.4.2", "--from", "joblib==1.0.1", "--python", "3.\u00b2"),
]


@pytest.mark.parametrize("arguments", NO_VERSIONS, ids=lambda each: " ".join(each)[:40])
def test_no_versions_are_refused_in_one_line(arguments, capsys):
    assert main(list(arguments)) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("error: ")
    assert told.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("demo", "--workers", "0"),
        ("bench", "--workers", "-1"),
        ("doctor", "--timeout", "0"),
        ("doctor", "--timeout", "nan"),
        ("doctor", "--timeout", "inf"),
        ("inspect-pickle", "--max-bytes", "-1", "model.pkl"),
    ],
    ids=" ".join,
)
def test_numbers_that_make_no_sense_are_wrong_usage(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(list(arguments))
    assert caught.value.code == 2
    assert f"argument {arguments[1]}: must be above 0, got {arguments[2]!r}" in capsys.readouterr().err


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
