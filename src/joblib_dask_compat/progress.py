"""A progress bar over the tasks of a block."""

import contextlib
import sys
from typing import Iterator

from .block import Run
from .errors import MissingDependencyError


@contextlib.contextmanager
def progress_bar(run: Run) -> Iterator[None]:
    """Show the number of ended tasks on standard error, if that is a terminal.

    Raises
    ------
    MissingDependencyError
        tqdm is not installed.
    """
    try:
        from tqdm import tqdm
    except ModuleNotFoundError as exc:
        raise MissingDependencyError(
            "progress=True needs the package 'tqdm', which is not installed.",
            "it draws the bar; nothing else here needs it.",
            "python -m pip install 'joblib-dask-compat[progress]'",
            "docs/guide.md#progress",
        ) from exc
    with tqdm(unit="task", file=sys.stderr, disable=not sys.stderr.isatty()) as bar:
        run.subscribe(bar.update)
        yield
