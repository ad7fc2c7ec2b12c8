"""A progress bar over the tasks of a block."""

import contextlib
import sys
import threading
from typing import Any, Iterator

from .block import Block
from .errors import MissingDependencyError

#: Seconds between two looks at the block; what a bar costs does not depend on how many tasks there are.
TICK = 0.5


@contextlib.contextmanager
def progress_bar(block: Block) -> Iterator[None]:
    """Show the dashboard's address, how many tasks ended, and how many are on the cluster.

    On standard error if that is a terminal, or in a notebook.

    Raises
    ------
    MissingDependencyError
        tqdm is not installed.
    """
    try:
        from tqdm.auto import tqdm
    except ModuleNotFoundError as exc:
        raise MissingDependencyError(
            "progress=True needs the package 'tqdm', which is not installed.",
            "it draws the bar; nothing else here needs it.",
            "python -m pip install 'joblib-dask-compat[progress]'",
            "docs/guide.md#progress",
        ) from exc
    # disable=None leaves a bar of text out where it is not on a terminal, and means nothing to a notebook's
    bar = tqdm(desc=_dashboard(block.connection.client), unit=" tasks", file=sys.stderr, disable=None)
    with bar:
        if bar.disable:
            yield
            return
        over = threading.Event()
        thread = threading.Thread(target=_follow, args=(bar, block, over), name="joblib-dask-progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _follow(bar: Any, block: Block, over: threading.Event) -> None:
    while True:
        ending = over.wait(TICK)
        bar.n = block.run.tasks
        in_flight = block.in_flight
        bar.set_postfix_str(f"{in_flight} in flight" if in_flight else "")
        if ending:
            return


def _dashboard(client: Any) -> str:
    """Return the address of the scheduler's dashboard, where this release knows it."""
    with contextlib.suppress(KeyError):  # the scheduler was started without one
        return str(getattr(client, "dashboard_link", None) or "")
    return ""
