"""Workers that are paused for want of memory: where all of them are, and nothing runs, nothing ever will."""

import logging
import time
from typing import Any, Callable, Optional

from .connection import Connection, address
from .errors import NoWorkersError
from .question import Question

_log = logging.getLogger(__name__)


class Pauses:
    """For how long all workers have rested: been paused, with nothing running that could end that.

    Parameters
    ----------
    connection : Connection
    patience : float
        Seconds for which they may.
    """

    def __init__(self, connection: Connection, patience: float) -> None:
        self._connection = connection
        self._patience = patience
        self._question = Question()
        self._since: Optional[float] = None

    def ask(self) -> None:
        """Ask every worker, unless the last answer is still to come: one that says nothing keeps it back."""
        self._question.ask(lambda take: self._connection.ask_workers(_rests(), take))

    def over(self) -> None:
        """Take note that something ran."""
        self._since = None

    def look(self) -> None:
        """Take in the last answer.

        Raises
        ------
        NoWorkersError
        """
        answer = self._question.answer()
        if answer is None:
            return
        try:
            resting = self._connection.result(answer)
        except Exception:  # one of them left in the meantime, likely; they are asked again
            _log.info("workers could not be asked whether they are paused", exc_info=True)
            resting = {}
        now = time.monotonic()
        if not resting or not all(resting.values()):
            self._since = None
        elif self._since is None:
            self._since = now
        elif now - self._since > self._patience:
            raise self._error(len(resting), now - self._since)

    def _error(self, count: int, seconds: float) -> NoWorkersError:
        return NoWorkersError(
            f"Each of the {count} workers of the cluster at {address(self._connection.client)} has been paused for "
            f"{seconds:.0f} seconds, and nothing runs there.",
            "a worker that uses more than 80% of its memory limit (distributed.worker.memory.pause) starts no task "
            "until it uses less; what earlier tasks left behind stays "
            "(https://github.com/dask/distributed/issues/5999).",
            "client.restart() for empty workers; then give them more memory: dask worker --memory-limit 8GB",
            "docs/errors.md#no-workers",
        )


def _rests() -> Callable[[Any], bool]:
    """Return a function that travels by value: a worker need not have this package."""

    def rests(dask_worker: Any) -> bool:
        if not (getattr(dask_worker, "paused", False) or getattr(dask_worker.status, "name", None) == "paused"):
            return False
        state = getattr(dask_worker, "state", dask_worker)  # since distributed 2022.6
        return not (state.executing_count if hasattr(state, "executing_count") else state.executing)

    return rests
