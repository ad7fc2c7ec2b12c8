"""What the parallel calls of one block share, and what it tells of them afterwards."""

import threading
from typing import Any, Callable, Collection, Dict, List, Optional, Sequence, Set, Tuple

from .connection import Connection, no_workers
from .errors import NoWorkersError
from .placement import NamedValues


class Run:
    """What ran on the cluster during a block.

    Attributes
    ----------
    route : str
        The route that scikit-learn's copy of joblib took (`joblib_dask_compat.routes`).
    tasks : int
        Tasks that ended on the cluster, failed ones included; those of nested calls are not counted.
    submitted : int
        Tasks that were sent to the cluster, those that were cancelled or lost included.
    workers : tuple of str
        Addresses of the workers that they ran on.
    """

    def __init__(self, route: str = "") -> None:
        self.route = route
        self.tasks = 0
        self.submitted = 0
        self._per_worker: Dict[str, int] = {}
        self._lock = threading.Lock()

    @property
    def workers(self) -> Tuple[str, ...]:
        """Addresses of the workers on which tasks ended."""
        return tuple(sorted(self._per_worker))

    @property
    def tasks_per_worker(self) -> Dict[str, int]:
        """How many tasks ended on each worker."""
        return dict(self._per_worker)

    def count(self, tasks: int, worker: str) -> None:
        """Take in that a worker ended some tasks."""
        with self._lock:
            self.tasks += tasks
            self._per_worker[worker] = self._per_worker.get(worker, 0) + tasks

    def __repr__(self) -> str:
        return f"<Run: {self.tasks} tasks on {len(self.workers)} workers, route {self.route!r}>"


class Block:
    """A connection with its named values, and the count of what ran through it.

    Parameters
    ----------
    connection : Connection
    copies : list of str
        Names of the joblib copies in which tasks find this backend active.
    scatter : sequence, optional
        Values to place on every worker, from their first use to the end of the block.
    wait_for_workers_timeout : float or None
        Seconds for which the cluster may be without a worker.
    run : Run, optional
    check : callable, optional
        ``check(addresses)`` is called with the workers' addresses, and fails where one of them cannot run tasks.
    """

    def __init__(
        self,
        connection: Connection,
        copies: List[str],
        scatter: Optional[Sequence[Any]] = None,
        wait_for_workers_timeout: Optional[float] = 10,
        run: Optional[Run] = None,
        check: Optional[Callable[[Collection[str]], None]] = None,
    ) -> None:
        self.connection = connection
        self.copies = copies
        self.wait_for_workers_timeout = wait_for_workers_timeout
        self.run = run or Run()
        self.workers: Dict[str, int] = {}
        self._check = check
        self.named = NamedValues(connection, scatter or ())
        self._calls: Set[Any] = set()

    @property
    def threads(self) -> int:
        """How many tasks the cluster can run at once, as it was last seen."""
        return sum(self.workers.values())

    @property
    def in_flight(self) -> int:
        """Tasks of the own backend that are on the cluster now."""
        return sum(call.in_flight for call in list(self._calls))

    def refresh(self) -> int:
        """Ask for the number of the cluster's threads, waiting for the first worker."""
        self._take(self.connection.wait_for_workers(self.wait_for_workers_timeout))
        return self.threads

    def look(self) -> None:
        """Ask which workers there are now."""
        self._take(self.connection.workers())

    def _take(self, workers: Dict[str, int]) -> None:
        self.workers = workers
        if self._check is not None:
            self._check(workers)

    def no_workers(self) -> NoWorkersError:
        """Make the error for a cluster without workers."""
        return no_workers(self.connection.client, self.wait_for_workers_timeout)

    def opened(self, call: Any) -> None:
        """Take note of a call that runs."""
        self._calls.add(call)

    def ended(self, call: Any) -> None:
        """Take note that a call is over."""
        self._calls.discard(call)

    def close(self) -> None:
        """End what is left of the block: calls whose generators were not consumed, and the named values."""
        for call in list(self._calls):
            call.end()
        self._calls.clear()
        self.named.release()
