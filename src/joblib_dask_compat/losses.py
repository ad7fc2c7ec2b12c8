"""Tasks that were lost with their workers: how often they are sent again, and which of them travel alone since."""

import collections
from typing import Counter, Sequence, Set

from .packing import Item

#: How often a task is sent anew after its large values, or its report, were lost with a worker; distributed itself
#: gives up on a task after this many deaths of workers (``distributed.scheduler.allowed-failures``).
MOST_LOSSES = 3


class Losses:
    """What a call remembers of tasks that were lost, until they are answered."""

    def __init__(self) -> None:
        self._times: Counter[Item] = collections.Counter()
        self._alone: Set[Item] = set()

    def is_alone(self, item: Item) -> bool:
        """Tell whether a task is to travel alone."""
        return item in self._alone

    def again(self, items: Sequence[Item]) -> bool:
        """Note that a batch was lost, and tell whether it may be sent again; too often lost, task by task."""
        self._times.update(items)
        return max(self._times[item] for item in items) <= MOST_LOSSES or self.apart(items)

    def apart(self, items: Sequence[Item]) -> bool:
        """Have the tasks of a batch travel alone that never ends, as its workers die; False, they already do.

        The cause may be one of them, which then ends the call under its own name, or none.
        """
        if len(items) == 1:
            return False
        self._alone.update(items)
        for item in items:
            del self._times[item]
        return True

    def forget(self, items: Sequence[Item]) -> None:
        """Let go of tasks that were answered."""
        if self._times or self._alone:
            for item in items:
                del self._times[item]
            self._alone.difference_update(items)

    def clear(self) -> None:
        """Let go of all."""
        self._times.clear()
        self._alone.clear()
