"""Upgrade paths: from one combination to another through combinations that were measured and work.

One package moves at a step, with its companions. Where no measured combination lies between two, several have to move
together, and the step says so. Among all paths the one is taken with the fewest steps in which four move, of these the
one with the fewest in which three do, then two, then one: a leap only where there is no gentler way. Of paths that are
equal in this, it is the one that passes the fewest combinations with an advisory of severity `hang` or worse.
"""

import heapq
from typing import Dict, List, NamedTuple, Optional, Set, Tuple

from .. import advisories
from .records import AXES, Combination, Record, Support, parse
from .verdicts import Asked, lies_in

#: Severities of the advisories that a path avoids where it can.
AVOIDED = ("security", "hang")

#: Steps in which four, three, two and one move, and combinations with an avoided advisory.
Cost = Tuple[int, ...]
_WIDTHS = (4, 3, 2, 1)
_NOTHING: Cost = (0, 0, 0, 0, 0)


class Step(NamedTuple):
    """From one combination to the next."""

    before: Combination
    record: Record  #: what it leads to
    moved: Tuple[str, ...]  #: axes


def find(support: Support, start: Combination, asked: Asked) -> Optional[List[Step]]:
    """Return the best path to a working combination among those asked for, or None where there is none.

    Each axis moves one way only: back where it is asked to, and for the sake of that; else forward.
    """
    nodes = {each.combination: each for each in support.working}
    ranks = _ranks([start, *nodes])
    ways = _ways(start, asked)
    bad = {each: _avoided(record) for each, record in nodes.items()}
    best: Dict[Combination, Tuple[Cost, Optional[Combination]]] = {start: (_NOTHING, None)}
    # of paths that cost the same, the one that gets far early
    waiting: List[Tuple[Cost, Tuple[int, ...], Combination]] = [(_NOTHING, (), start)]
    done: Set[Combination] = set()
    while waiting:
        cost, _, here = heapq.heappop(waiting)
        if here in done:
            continue
        done.add(here)
        if here in nodes and lies_in(here, asked):
            return _steps(here, nodes, best)
        for there in nodes:
            moved = _moved(ranks[here], ranks[there], ways)
            if there in done or not moved:
                continue
            step = (*(moved == width for width in _WIDTHS), bad[there])
            reached = tuple(before + more for before, more in zip(cost, step))
            if there not in best or reached < best[there][0]:
                best[there] = (reached, here)
                heapq.heappush(waiting, (reached, tuple(-rank for rank in ranks[there]), there))
    return None


def newest(support: Support) -> Combination:
    """Return the working combination with the newest packages, on the newest Python that it works on."""
    found = [each.combination for each in support.working]
    return max(found, key=lambda each: [parse(version) for version in (*each[1:], each.python)])


def _ways(start: Combination, asked: Asked) -> Tuple[int, ...]:
    """Return, for each axis, which way it may move: 1, forward; -1, back; 0, either."""
    wanted: List[Optional[int]] = []
    for axis in AXES:
        here, ranges = parse(getattr(start, axis)), asked.get(axis)
        if ranges is None or ranges.contains(here, prereleases=True):
            wanted.append(None)
        else:
            ends = [parse(each.version.replace(".*", "")) for each in ranges]
            wanted.append(1 if any(end >= here for end in ends) else -1)
    named = {way for way in wanted if way is not None} or {1}
    free = named.pop() if len(named) == 1 else 0
    return tuple(free if way is None else way for way in wanted)


def _ranks(combinations: List[Combination]) -> Dict[Combination, Tuple[int, ...]]:
    """Return numbers in the order of the versions: comparing them is what a search spends its time on."""
    orders = []
    for axis in AXES:
        versions = sorted({parse(getattr(each, axis)) for each in combinations})
        orders.append({version: rank for rank, version in enumerate(versions)})
    return {each: tuple(order[parse(version)] for order, version in zip(orders, each)) for each in combinations}


def _moved(here: Tuple[int, ...], there: Tuple[int, ...], ways: Tuple[int, ...]) -> int:
    """Return how many axes a step moves; 0, it moves one the wrong way, or none."""
    moved = 0
    for before, after, way in zip(here, there, ways):
        if before != after:
            if (after - before) * way < 0:
                return 0
            moved += 1
    return moved


def _avoided(record: Record) -> bool:
    return any(each["severity"] in AVOIDED for each in advisories.remaining(record.installed()))


def _steps(
    end: Combination,
    nodes: Dict[Combination, Record],
    best: Dict[Combination, Tuple[Cost, Optional[Combination]]],
) -> List[Step]:
    steps: List[Step] = []
    before = best[end][1]
    while before is not None:
        moved = tuple(axis for axis in AXES if parse(getattr(before, axis)) != parse(getattr(end, axis)))
        steps.append(Step(before, nodes[end], moved))
        end, before = before, best[before][1]
    return steps[::-1]
