"""Tests of `legacy` run programs in a *stack*: an interpreter with joblib, scikit-learn and distributed.

By default that is the interpreter which runs the tests. `nox -s legacy` names others, by LEGACY_PYTHON, and with
LEGACY_PATH the folder in which they find this package: the oldest and a middle one, in which pytest does not run.
"""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

HERE = Path(__file__).parent

#: A program starts slowly on a busy machine; one that hangs must still end the test.
LIMIT = 120


class Stack:
    """The interpreter that programs run with, in an empty folder."""

    def __init__(self, folder):
        self.folder = folder
        self.python = os.environ.get("LEGACY_PYTHON", sys.executable)
        path = os.environ.get("LEGACY_PATH")
        self.environ = {**os.environ, **({"PYTHONPATH": path} if path else {})}

    def python_does(self, *arguments, check=True, **environ):
        """Run the interpreter; what it printed, and how it ended."""
        command = [self.python, *map(str, arguments)]
        env = {**self.environ, **environ}
        done = subprocess.run(
            command, check=False, cwd=self.folder, env=env, capture_output=True, text=True, timeout=LIMIT
        )
        assert not check or done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done

    def does(self, code, *arguments, **options):
        """Run some code, of Python 3.6, and return the JSON of its last line."""
        script = self.folder / "code.py"
        script.write_text(textwrap.dedent(code), encoding="utf-8")
        done = self.python_does("-W", "ignore", script, *arguments, **options)
        return json.loads(done.stdout.splitlines()[-1])

    def runs(self, *arguments, **options):
        """Run a program through the command `run`."""
        return self.python_does("-W", "ignore", "-m", "joblib_dask_compat", "run", *arguments, **options)


@pytest.fixture
def stack(tmp_path):
    return Stack(tmp_path)


@pytest.fixture(scope="module")
def shared_stack(tmp_path_factory):
    """For what a module's tests look at together: an interpreter takes seconds to import all that."""
    return Stack(tmp_path_factory.mktemp("stack"))


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """The address of a scheduler in a process of its own, and its two workers' process ids."""
    stack = Stack(tmp_path_factory.mktemp("cluster"))
    with subprocess.Popen(
        [stack.python, "-W", "ignore", str(HERE / "cluster.py")],
        cwd=stack.folder,
        env=stack.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        told = process.stdout.readline()
        assert told, "the cluster did not start"
        yield json.loads(told)
        process.stdin.close()
        process.wait(LIMIT)
