"""`progress=True`: what a terminal shows of a real call, and what anything else does not."""

import os
import pty
import select
import sys
import termios
import time
from contextlib import redirect_stderr

import pytest
from joblib import Parallel, delayed

from joblib_dask_compat import parallel_backend
from joblib_dask_compat.errors import MissingDependencyError

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("client")]


def wait_for(path):
    deadline = time.monotonic() + 120
    while not os.path.exists(path):
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Terminal:
    """A terminal in place of standard error, and what it shows."""

    def __init__(self):
        self._ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (24, 200))
        self.stream = os.fdopen(theirs, "w")
        self.shown = ""

    def close(self):
        """Close both of its ends."""
        self.stream.close()
        os.close(self._ours)

    def until(self, text):
        """Read until the terminal shows a text."""
        while text not in self.shown:
            assert select.select([self._ours], [], [], 60)[0], self.shown
            self.shown += os.read(self._ours, 4096).decode()

    def last_line(self):
        """Return what the last line shows, now that nothing more will be written."""
        self.stream.write("over")
        self.stream.flush()
        self.until("over")
        return self.shown.replace("\n", "\r").rstrip("\r").split("\r")[-3]


@pytest.fixture
def terminal():
    terminal = Terminal()
    yield terminal
    terminal.close()


def test_on_a_terminal(client, terminal, tmp_path):
    gate = tmp_path / "gate"
    with redirect_stderr(terminal.stream), parallel_backend("dask", progress=True):
        answers = Parallel(return_as="generator", batch_size=1)(delayed(wait_for)(str(gate)) for _ in range(3))
        terminal.until("3 in flight")
        gate.touch()
        assert list(answers) == [None] * 3
    last = terminal.last_line()
    assert client.dashboard_link in last
    assert ": 3 tasks [" in last
    assert "in flight" not in last


def test_the_bar_ends_with_a_block_that_fails(terminal):
    block = parallel_backend("dask", progress=True)
    with pytest.raises(ZeroDivisionError), redirect_stderr(terminal.stream), block:
        Parallel()(delayed(divmod)(1, 0) for _ in range(2))
    assert " tasks [" in terminal.last_line()


def test_nothing_is_written_where_there_is_no_terminal(capfd):
    with parallel_backend("dask", progress=True) as run:
        Parallel()(delayed(abs)(number) for number in range(20))
    assert run.tasks == 20
    assert capfd.readouterr() == ("", "")


def test_without_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    block = parallel_backend("dask", progress=True)
    with pytest.raises(MissingDependencyError, match="progress=True needs the package 'tqdm'") as caught, block:
        pass
    assert "joblib-dask-compat[progress]" in caught.value.fix
