"""The search among combinations that were not measured: thousands, of which the first that fits is wanted."""

from functools import lru_cache
from typing import Callable, Collection, FrozenSet, List, Optional, Sequence

from .records import AXES, OPEN, Combination


def first(
    allowed: Sequence[Sequence[str]],
    fits: Callable[[Combination], bool],
    without: Collection[Combination] = (),
) -> Optional[Combination]:
    """Return the first combination that fits, in the order of the versions allowed; None, there is none.

    Parameters
    ----------
    allowed : sequence
        The versions of each axis.
    fits : callable
        Takes combinations of which parts are open, too, and rejects one only where it rejects all that fill them. So
        each two versions are looked at once, and what goes with none of another axis is never combined.
    without : collection
        Combinations that are not wanted.
    """

    @lru_cache(maxsize=None)
    def beside(place: int, version: str, later: int) -> FrozenSet[str]:
        """Return the versions of a later axis that one goes with."""
        half = OPEN._replace(**{AXES[place]: version})
        return frozenset(each for each in allowed[later] if fits(half._replace(**{AXES[later]: each})))

    def filled(chosen: Combination, left: Sequence[Sequence[str]]) -> Optional[Combination]:
        """Return the first that begins as chosen; left are the versions that go with all of it, for each axis left."""
        if not left:
            return chosen if chosen not in without and fits(chosen) else None
        place = len(AXES) - len(left)
        for version in left[0]:
            going: List[List[str]] = []
            for later, versions in enumerate(left[1:], place + 1):
                partners = beside(place, version, later)
                going.append([each for each in versions if each in partners])
            found = filled(chosen._replace(**{AXES[place]: version}), going) if all(going) else None
            if found is not None:
                return found
        return None

    return filled(OPEN, allowed)
