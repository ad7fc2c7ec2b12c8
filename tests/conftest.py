import os
import signal
import subprocess
import sys
import textwrap

import pytest

#: A cluster in a fresh process on a busy machine takes seconds to start; a hang must still end the test.
LIMIT = 300


@pytest.fixture
def fresh_python(tmp_path):
    """Return a function that runs code in a new interpreter, in an empty directory, warnings as errors."""

    def run(code, *arguments, path=(), check=True, **environment):
        script = tmp_path / "script.py"
        script.write_text(textwrap.dedent(code), encoding="utf-8")
        env = {**os.environ, **environment, "PYTHONPATH": os.pathsep.join(map(str, path))}
        command = [sys.executable, "-W", "error", str(script), *map(str, arguments)]
        done = subprocess.run(
            command, check=False, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=LIMIT
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    return run


@pytest.fixture
def command_line(tmp_path):
    """Return a function that runs the command line and gives back what it wrote and its exit code."""

    def run(*arguments):
        command = [sys.executable, "-m", "joblib_dask_compat", *map(str, arguments)]
        return subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True, timeout=LIMIT)

    return run


@pytest.fixture
def background(tmp_path):
    """Return a function that starts a script in a process group of its own, which ends with the test."""
    started = []

    def start(code):
        script = tmp_path / "background.py"
        script.write_text(textwrap.dedent(code), encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, "-u", str(script)],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.communicate()
