"""What the tests of the commands share."""

import json
from pathlib import Path

import jsonschema
import pytest

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schemas"


@pytest.fixture
def told(command_line):
    """Return a function that runs a command, holds its JSON against the schema, and returns it with the exit code."""

    def run(command, *arguments):
        done = command_line(command, *arguments, "--format", "json")
        assert done.stdout, done.stderr
        document = json.loads(done.stdout)
        schema = json.loads((SCHEMAS / f"{command}.json").read_text(encoding="utf-8"))
        jsonschema.validate(document, schema)
        return document, done.returncode

    return run


@pytest.fixture
def refused(command_line):
    """Return a function that runs a command that must fail with one line and code 2, and returns the line."""

    def run(*arguments):
        done = command_line(*arguments)
        assert done.returncode == 2, done.stderr
        assert done.stdout == ""
        (line,) = done.stderr.splitlines()
        assert line.startswith("error: ")
        return line

    return run
