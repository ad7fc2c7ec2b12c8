"""Workers that say nothing: stopped, cut off, or in code that holds the interpreter's lock.

Since 2022.4.2 a scheduler removes a worker that sent no heartbeat for five minutes, and its tasks run elsewhere
(``distributed.scheduler.worker-ttl``). Before, and where that is set to null, it waits for ever
(https://github.com/dask/distributed/issues/6148), and so would a call.
"""

import logging
import warnings
from typing import Any, Callable, Collection, Dict, Optional, Set, Tuple

from .connection import Connection
from .errors import SilentWorkerError, WorkerSilentWarning
from .question import Question

_log = logging.getLogger(__name__)

#: Seconds of silence after which it is told that a worker with tasks of the call says nothing.
TELLING = 60.0

#: Seconds of silence after which the call fails, if the scheduler has no ``worker-ttl``. One that has the usual five
#: minutes, and looks every five minutes, would have removed the worker by then.
FAILING = 660.0


class Silence:
    """For how long the workers that have tasks of a call, or results, have sent no heartbeat, says the scheduler."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._question = Question()
        self._told: Set[str] = set()

    def ask(self, keys: Collection[str]) -> None:
        """Ask about the workers that have these tasks, or their results, unless the last answer is still to come."""
        self._question.ask(lambda take: self._connection.ask_scheduler(_silent(set(keys)), take))

    def look(self) -> None:
        """Take in the last answer.

        Raises
        ------
        SilentWorkerError

        Warns
        -----
        WorkerSilentWarning
            Once for each worker.
        """
        answer = self._question.answer()
        if answer is None:
            return
        try:
            ttl, seconds = self._connection.result(answer)
        except Exception:  # a scheduler that is not to unpickle anything, likely
            _log.info("the scheduler does not tell for how long workers have been silent", exc_info=True)
            return
        for address, silent in sorted(seconds.items()):
            if silent > FAILING and not ttl:
                raise SilentWorkerError(*_told(address, silent, ttl))
            if silent > TELLING and address not in self._told:
                self._told.add(address)
                warnings.warn(str(SilentWorkerError(*_told(address, silent, ttl))), WorkerSilentWarning, stacklevel=2)


def _told(address: str, silent: float, ttl: Optional[float]) -> Tuple[str, str, str, str]:
    if ttl:
        follows = f"its scheduler removes it after {ttl:g} seconds, and the tasks run elsewhere."
    else:
        follows = f"its scheduler, without a worker-ttl, waits for ever; this call fails after {FAILING:g} seconds."
    return (
        f"The worker {address}, which has tasks of this call or their results, has sent no heartbeat for "
        f"{silent:.0f} seconds.",
        f"its process is stopped, cut off, or in code that holds the interpreter's lock; {follows}",
        "end that process: its tasks run elsewhere. Let the scheduler do it (or wait longer) by "
        "dask.config.set({'distributed.scheduler.worker-ttl': '5 minutes'}) where it starts",
        "docs/errors.md#silent-worker",
    )


def _silent(keys: Set[str]) -> Callable[[Any], Tuple[Optional[float], Dict[str, float]]]:
    """Return a function that travels by value: a scheduler need not have this package."""

    def silent(dask_scheduler: Any) -> Tuple[Optional[float], Dict[str, float]]:
        import time

        now, found = time.time(), {}
        for address in dask_scheduler.workers:
            if hasattr(dask_scheduler.workers, "values"):
                worker = dask_scheduler.workers[address]
                seen, has = worker.last_seen, [task.key for task in (*worker.processing, *worker.has_what)]
            else:  # distributed 1.20 keeps all by address
                seen = dask_scheduler.worker_info[address].get("last-seen", now)
                has = [*dask_scheduler.processing[address], *dask_scheduler.has_what[address]]
            if not keys.isdisjoint(has):
                found[address] = now - seen
        return getattr(dask_scheduler, "worker_ttl", None), found

    return silent
