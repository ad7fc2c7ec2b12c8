"""Measure what a task costs on a cluster, and how short tasks may be there; half a minute.

Runs tasks that do nothing and tasks that sleep, on the cluster of --scheduler or on worker processes on this machine,
and says how near they come to the ideal: their time, spread over the cluster's threads, with nothing in between. Other
work on the cluster counts as part of the cost.
"""

import argparse
import sys
import time
from typing import Any, Callable, Dict, List, NamedTuple, Tuple

from ..connection import Connection
from ..context import parallel_backend
from ..copies import import_checked, used_by_sklearn
from ..diagnosis import round_trip
from ..errors import InputError, MissingDependencyError
from ..routes import PREFERENCES
from ..versions import versions
from . import FINE, add_cluster, add_format, asking, client_of

#: Seconds that the sleeping tasks last, and about how long the tasks of one length are given together.
LENGTHS = (0.001, 0.01, 0.1)
SECONDS = 3.0

#: Tasks that do nothing: so many at first, to see how many more there is time for, and at most.
FIRST, MOST = 200, 20000


class Point(NamedTuple):
    """What was measured with tasks of one length."""

    length: float  #: seconds that a task lasts
    tasks: int
    seconds: float  #: that all of them took

    def ideal(self, threads: int) -> float:
        """Return the seconds that the tasks alone would take."""
        return self.tasks * self.length / threads

    def cost(self, threads: int) -> float:
        """Return the seconds by which each task made the whole longer than the ideal."""
        return max(0.0, self.seconds - self.ideal(threads)) / self.tasks


def configure(command: argparse.ArgumentParser) -> None:
    add_cluster(command)
    command.add_argument("--prefer", choices=PREFERENCES, default="auto", help="which backend class")
    command.add_argument("--plot", metavar="FILE", help="draw it into a file: .png, .svg, .pdf (needs matplotlib)")
    add_format(command)


def run(arguments: argparse.Namespace) -> int:
    new_figure = _figures() if arguments.plot else None  # if it is missing, before the measuring
    with client_of(arguments) as client:
        print("measuring, for half a minute ...", file=sys.stderr)
        told = _measured(client, arguments.prefer)
    if arguments.format == "json":
        asking.print_json(told)
    else:
        _tell(told)
    if new_figure is not None:
        _draw(told, new_figure, arguments.plot)
    return FINE


def _measured(client: Any, prefer: str) -> Dict[str, Any]:
    away = round_trip(Connection(client))
    with parallel_backend("dask", client=client, prefer=prefer) as block:
        _seconds(abs, [0])  # waits for workers, if there is none
        threads = sum(client.ncores().values())
        _seconds(time.sleep, [LENGTHS[0]] * 4 * threads)  # every worker has run something
        trial = Point(0.0, FIRST, _seconds(abs, [0] * FIRST))
        count = min(MOST, max(FIRST, int(SECONDS / trial.cost(threads))))
        points = [Point(0.0, count, _seconds(abs, [0] * count))]
        for length in LENGTHS:
            count = max(4 * threads, int(SECONDS / (length / threads + points[0].cost(threads))))
            points.append(Point(length, count, _seconds(time.sleep, [length] * count)))
    shortest = shortest_task(points, threads)
    return {
        "versions": versions()._asdict(),
        "address": str(client.scheduler.address),
        "workers": len(block.workers),
        "threads": threads,
        "route": block.route,
        "round_trip_ms": away,
        "cost_per_task_ms": _milliseconds(points[0].cost(threads)),
        "lengths": [
            {
                "task_ms": _milliseconds(each.length),
                "tasks": each.tasks,
                "share_of_ideal": round(each.ideal(threads) / each.seconds, 3),
            }
            for each in points[1:]
        ],
        "shortest_task_ms": _milliseconds(shortest),
        "advice": _advice(shortest, threads),
    }


def _seconds(function: Callable[[Any], Any], arguments: List[Any]) -> float:
    """Return how long a parallel call of a function over arguments takes."""
    parallel = used_by_sklearn().parallel
    started = time.perf_counter()
    parallel.Parallel()(parallel.delayed(function)(argument) for argument in arguments)
    return time.perf_counter() - started


def shortest_task(points: List[Point], threads: int) -> float:
    """Return the seconds that a task must last to reach half of the ideal.

    That is where its cost is as large as its own part of the ideal time. Between the measured lengths the cost is
    taken to change evenly, beyond the longest to stay what it is.

    Parameters
    ----------
    points : list of Point
        By length, beginning with tasks that do nothing.
    threads : int
    """
    loss = [(each.length, each.cost(threads) - each.length / threads) for each in points]
    length, lost = loss[-1]
    if lost > 0:
        return length + lost * threads
    for (shorter, more), (longer, less) in reversed(list(zip(loss, loss[1:]))):
        if more > 0:
            return shorter + (longer - shorter) * more / (more - less)
    return 0.0


def _advice(shortest: float, threads: int) -> str:
    return (
        f"tasks shorter than {_duration(shortest)} will not scale on this cluster: more than half of the time of its "
        f"{threads} threads would be lost"
    )


def _milliseconds(seconds: float) -> float:
    return round(1000 * seconds, 3)


def _duration(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 0.001)):
        if seconds >= size:
            number = seconds / size
            return "{:.{}f} {}".format(number, 0 if number >= 10 else 1, unit)
    return f"{1000 * seconds:.2f} ms"


def _tell(told: Dict[str, Any]) -> None:
    print(f"versions     {versions()}")
    print("cluster      {address}: {workers} workers, {threads} threads".format(**told))
    print(f"route        {told['route']}")
    print(f"round trip   {told['round_trip_ms']:g} ms to the scheduler and back")
    print(f"cost         {told['cost_per_task_ms']:g} ms for each of many tasks that do nothing")
    for each in told["lengths"]:
        print("tasks        {tasks} of {task_ms:g} ms: {share_of_ideal:.2f} of the ideal".format(**each))
    print(f"advice       {told['advice']}")


def _figures() -> Any:
    try:
        import_checked("matplotlib")
    except MissingDependencyError as exc:
        raise MissingDependencyError(
            exc.what,
            "--plot draws with it; nothing else here needs it.",
            "python -m pip install 'joblib-dask-compat[plot]'",
            exc.more,
        ) from exc
    return import_checked("matplotlib.figure").Figure


def _draw(told: Dict[str, Any], new_figure: Callable[..., Any], path: str) -> None:
    """Draw the share of the ideal against the length of tasks."""
    measured: List[Tuple[float, float]] = [(each["task_ms"], each["share_of_ideal"]) for each in told["lengths"]]
    figure = new_figure(figsize=(6, 4))  # not pyplot's: nothing global, and no display
    axes = figure.add_subplot(1, 1, 1)
    axes.plot(*zip(*measured), marker="o")
    for length, share in measured:
        axes.annotate(f"{share:.2f}", (length, share), xytext=(0, 8), textcoords="offset points", ha="center")
    if told["shortest_task_ms"]:
        axes.axvline(told["shortest_task_ms"], linestyle="--", color="black")
        axes.annotate(
            _duration(told["shortest_task_ms"] / 1000),
            (told["shortest_task_ms"], 0.05),
            xytext=(4, 0),
            textcoords="offset points",
        )
    axes.set_xscale("log")
    axes.set_ylim(0, 1.15)
    axes.set_xlabel("a task's length in ms")
    axes.set_ylabel("share of the ideal")
    axes.set_title("{} threads, joblib {joblib}, distributed {distributed}".format(told["threads"], **told["versions"]))
    try:
        figure.savefig(path, dpi=150)
    except (OSError, ValueError) as exc:
        raise InputError(f"cannot write {path}", str(exc)) from exc
