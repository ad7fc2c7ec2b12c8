"""What a call that waits has to know of its cluster: how large it is, and whether anything can still run there."""

import logging
import time
from typing import Any, Optional

from .connection import paused_workers

_log = logging.getLogger(__name__)

#: Seconds between two looks at the cluster's size and at the connection.
TICK = 0.5

#: Seconds without a report after which workers are asked whether they are paused, and between two such questions.
STALL = 5.0


class Watch:
    """A look at the cluster now and then, which fails rather than have a call wait for ever.

    Parameters
    ----------
    block : block.Block
        Its ``workers`` are kept up to date.
    """

    def __init__(self, block: Any) -> None:
        self._block = block
        self._seen = self._had_workers = self._moved = self._asked = time.monotonic()
        self._paused_since: Optional[float] = None
        self._answer: Any = None

    @property
    def due(self) -> bool:
        """Whether it is time for a look."""
        return time.monotonic() - self._seen >= TICK

    def moved(self) -> None:
        """Take note that a report came."""
        self._moved = time.monotonic()

    def look(self) -> int:
        """Look at the cluster, and return by how many threads it has grown.

        Raises
        ------
        NoWorkersError
            All workers have been gone, or paused with nothing running, for longer than the block is to wait for them.
        SchedulerLostError
        """
        now = self._seen = time.monotonic()
        before: int = self._block.threads
        self._block.workers = self._block.connection.workers()
        threads: int = self._block.threads
        if threads:
            self._had_workers = now
        elif now - self._had_workers > self._patience:
            raise self._block.no_workers()
        self._look_for_paused(now)
        return threads - before

    @property
    def _patience(self) -> float:
        return float(self._block.wait_for_workers_timeout or 0)

    def _look_for_paused(self, now: float) -> None:
        """Take in what the workers answered to the last question, and ask again if it is time."""
        connection = self._block.connection
        if self._moved > self._asked:
            self._paused_since = None
        answer, self._answer = self._answer, None
        if answer is not None:
            try:
                resting = connection.result(answer)
            except Exception:  # one of them left in the meantime, likely; they are asked again
                _log.info("workers could not be asked whether they are paused", exc_info=True)
                resting = {}
            if not resting or not all(resting.values()):
                self._paused_since = None
            elif self._paused_since is None:
                self._paused_since = now
            elif now - self._paused_since > self._patience:
                raise paused_workers(connection.client, len(resting), now - self._paused_since)
        if now - max(self._moved, self._asked) > STALL:
            self._asked = now
            connection.ask_for_rest(self._take)

    def _take(self, answer: Any) -> None:
        self._answer = answer
