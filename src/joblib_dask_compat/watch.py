"""What a call that waits has to know of its cluster: how large it is, and whether anything can still run there."""

import time
from typing import Any, Collection

from .pauses import Pauses
from .silence import Silence

#: Seconds between two looks at the cluster's size and at the connection.
TICK = 0.5

#: Seconds without a report after which workers are asked whether they are paused, and the scheduler whether they say
#: anything, and between two such questions.
STALL = 5.0


class Watch:
    """A look at the cluster now and then, which fails rather than have a call wait for ever.

    Parameters
    ----------
    block : block.Block
        Its ``workers`` are kept up to date.
    running, fetched : collection of distributed.Future
        The call's batches that are on the cluster, and those whose reports are on their way, as they come and go.
    """

    def __init__(self, block: Any, running: Collection[Any], fetched: Collection[Any]) -> None:
        self._block = block
        self._running = running
        self._fetched = fetched
        self._patience = float(block.wait_for_workers_timeout or 0)
        self._pauses = Pauses(block.connection, self._patience)
        self._silence = Silence(block.connection)
        self._seen = self._had_workers = self._moved = self._asked = time.monotonic()

    @property
    def due(self) -> bool:
        """Whether it is time for a look."""
        return time.monotonic() - self._seen >= TICK

    def moved(self) -> None:
        """Take note that a report came."""
        self._moved = time.monotonic()
        self._pauses.over()

    def look(self) -> int:
        """Look at the cluster, and return by how many threads it has grown.

        Raises
        ------
        NoWorkersError
            All workers have been gone, or paused with nothing running, for longer than the block is to wait for them.
        SilentWorkerError
            A worker that has tasks of the call says nothing, and its scheduler would wait for ever.
        VersionSkewError
            A worker that came meanwhile has versions that do not work together with the client's.
        SchedulerLostError
        """
        now = self._seen = time.monotonic()
        before: int = self._block.threads
        self._block.look()
        threads: int = self._block.threads
        if threads:
            self._had_workers = now
        elif now - self._had_workers > self._patience:
            raise self._block.no_workers()
        self._pauses.look()
        self._silence.look()
        if now - max(self._moved, self._asked) > STALL:
            self._asked = now
            self._pauses.ask()
            self._silence.ask([future.key for future in (*self._running, *self._fetched)])
        return threads - before
