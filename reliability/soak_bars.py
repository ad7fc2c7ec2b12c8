"""What is asked of a soak, and whether its record meets it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import Any, NamedTuple

Record = dict[str, Any]

MEGABYTES = "{:.1f} → {:.1f} MB"
PROCESSES = {"client": "the client", "scheduler": "the scheduler", "worker": "a worker that is never killed"}

MEMORY = "rss_mb"

#: How each measure reads, and the most that the median of the last quarter may be, given that of the second one.
MEASURES: dict[str, tuple[str, str, Callable[[float], float]]] = {
    MEMORY: ("memory", "at most 5 % more", lambda before: 1.05 * before),
    "descriptors": ("descriptors", "at most 4 more", lambda before: before + 4),
    "threads": ("threads", "at most 2 more", lambda before: before + 2),
}


class Judged(NamedTuple):
    """One bar, and what a record says of it."""

    measure: str
    bar: str
    told: str
    met: bool


def quarters(series: Sequence[float]) -> tuple[float, float]:
    """Return the medians of the second and the last quarter: the first one is for warming up."""
    size = len(series) // 4
    if not size:
        raise ValueError(f"{len(series)} samples have no quarters")
    return median(series[size : 2 * size]), median(series[-size:])


def judge(record: Record) -> Iterator[Judged]:
    """Yield every bar."""
    asked, found = record["asked"]["tasks"], record["results"]
    ended = found["tasks"] == asked and not record["hung"]
    told = f"{found['tasks']:,} of {asked:,} in {record['seconds']:.0f} s" + (", **hung**" * record["hung"])
    yield Judged("tasks that gave their result", "all, in the time there is", told, ended)
    for name, measure in (("lost", "results lost"), ("twice", "results twice"), ("elsewhere", "tasks run elsewhere")):
        yield Judged(measure, "none", str(found[name]), found[name] == 0)
    wrong = record["unexpected"]
    yield Judged("calls that raised what they should not, or nothing", "none", str(len(wrong)), not wrong)
    left = record["scheduler_tasks"]
    yield Judged("tasks that the scheduler holds afterwards", "none", str(left), left == 0)
    for process, name in PROCESSES.items():
        for key, (measure, bar, most) in MEASURES.items():
            before, after = quarters(record["samples"][process][key])
            own = quarters(record["by_map"][MEMORY]) if (process, key) == ("scheduler", MEMORY) else None
            told = (MEGABYTES if key == MEMORY else "{:.0f} → {:.0f}").format(before, after)
            yield Judged(
                f"{measure} of {name}",
                bar + (", beyond what `client.map` of the same tasks adds" if own else ""),
                told + (f"; by `client.map` {MEGABYTES.format(*own)}" if own else ""),
                after <= most(before) + (own[1] - own[0] if own else 0),
            )
