"""The pictures in docs/pictures: lines and bars that can be told apart without colour."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from names import DASK_ML, LOKY, OURS, RAY, UPSTREAM

#: How each contender is drawn, wherever it is.
STYLES: Mapping[str, Mapping[str, Any]] = {
    OURS: {"color": "#0b4f9e", "marker": "o", "linestyle": "-", "linewidth": 2.2, "zorder": 3},
    UPSTREAM: {"color": "#b3500b", "marker": "s", "linestyle": "--"},
    LOKY: {"color": "#3a7d2c", "marker": "^", "linestyle": ":"},
    RAY: {"color": "#7a3a8c", "marker": "D", "linestyle": "-."},
    DASK_ML: {"color": "#555555", "marker": "v", "linestyle": (0, (1, 3))},
}
SHADES = ["#0b4f9e", "#6fa3d8", "#c9dcf0", "#e9a15b", "#b3500b", "#e4e4e4", "#bbbbbb"]
HATCHES = ["", "//", "..", "\\\\", "xx", "", "--"]

Lines = Mapping[str, Sequence[tuple[float, float]]]


@dataclass(frozen=True)
class Picture:
    """One picture, and how its figures read as a table."""

    record: str
    title: str
    caption: str
    draw: Callable[[Any, Mapping[str, Any]], None]  #: onto a figure, from a record
    table: Callable[[Mapping[str, Any]], list[list[str]]]  #: head and rows, from a record


def svg(picture: Picture, record: Mapping[str, Any]) -> str:
    """Draw a picture: the same bytes for the same record, with the same matplotlib."""
    import matplotlib
    from matplotlib.figure import Figure

    settings = {"svg.hashsalt": picture.record, "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10}
    stream = io.StringIO()
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=(7.2, 4.2), layout="constrained")
        picture.draw(figure, record)
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    text = stream.getvalue()
    return text[text.index("<svg") :]


def by_contender(figures: Mapping[str, Mapping[str, float]]) -> Lines:
    """Turn figures by place and contender into a line for each contender."""
    names = dict.fromkeys(name for each in figures.values() for name in each)
    return {name: [(float(place), each[name]) for place, each in figures.items() if name in each] for name in names}


def lines(axes: Any, drawn: Lines, places: Sequence[float]) -> None:
    """Draw a line for each contender, with its name at its end."""
    for name, points in drawn.items():
        axes.plot(*zip(*points, strict=True), **STYLES[name])
    axes.set_xscale("log")
    axes.set_xticks(places, [f"{place:,.0f}" for place in places])
    axes.xaxis.minorticks_off()
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    limits, height = axes.get_ylim(), -1.0
    for name in sorted(drawn, key=lambda name: drawn[name][-1][1]):
        x, y = drawn[name][-1]
        height = max(_share_of_height(axes, y), height + 0.07)  # no name lies upon another
        axes.annotate(
            name,
            (x, y),
            xytext=(1.03, height),
            textcoords="axes fraction",
            va="center",
            color=STYLES[name]["color"],
            fontweight="bold" if name == OURS else "normal",
            arrowprops={"arrowstyle": "-", "color": "#bbbbbb", "linewidth": 0.6},
        )
    axes.set_ylim(limits)


def _share_of_height(axes: Any, y: float) -> float:
    """Return how far up a value is drawn, from 0 to 1."""
    return float(axes.transAxes.inverted().transform(axes.transData.transform((1.0, y)))[1])


def stacked(axes: Any, parts: Mapping[str, float], form: str) -> None:
    """Draw one bar of parts, each with its name and figure."""
    left = 0.0
    whole = sum(parts.values())
    for number, (name, part) in enumerate(parts.items()):
        axes.barh(0, part, left=left, color=SHADES[number], hatch=HATCHES[number], edgecolor="white", height=0.5)
        if part > 0.005 * whole:
            axes.annotate(
                f"{name} {form.format(part)}",
                (left + part / 2, 0.25),
                xytext=(0, 4 + 12 * (number % 3)),
                textcoords="offset points",
                ha="center",
                fontsize=8.5,
                arrowprops={"arrowstyle": "-", "color": "#bbbbbb", "linewidth": 0.6},
            )
        left += part
    axes.set_ylim(-0.3, 1.2)
    axes.set_xlim(0, whole)
    axes.set_yticks([])
    axes.spines[["top", "right", "left"]].set_visible(False)


def _speedup(figure: Any, record: Mapping[str, Any]) -> None:
    axes = figure.add_subplot()
    drawn = by_contender(record["speedup"])
    places = [float(place) for place in record["speedup"]]
    axes.plot(places, places, color="#999999", linewidth=0.8)
    axes.set_yscale("log")
    lines(axes, drawn, places)
    axes.set_yticks(places, [f"{place:.0f}" for place in places])
    axes.yaxis.minorticks_off()
    axes.set_xlabel("workers of one thread (grey: the ideal)")
    axes.set_ylabel("times as fast as one after the other")


def _task_length(figure: Any, record: Mapping[str, Any]) -> None:
    axes = figure.add_subplot()
    axes.set_ylim(0, 1.05)
    lines(axes, by_contender(record["share_of_ideal"]), [float(place) for place in record["share_of_ideal"]])
    axes.set_xlabel("length of a task in ms")
    axes.set_ylabel("share of the ideal")


def _task_count(figure: Any, record: Mapping[str, Any]) -> None:
    axes = figure.add_subplot()
    costs = record["microseconds_a_task"]
    axes.set_ylim(0, 1.1 * max(cost for each in costs.values() for cost in each.values()))
    lines(axes, by_contender(costs), [float(place) for place in costs])
    axes.set_xlabel("tasks that do nothing in one call")
    axes.set_ylabel("microseconds for each of them")


def _where_time_goes(figure: Any, record: Mapping[str, Any]) -> None:
    top, middle, bottom = figure.subplots(3)
    stacked(top, record["client_thread"], "{:.0%}")
    top.set_title("the call's own thread in the client", loc="left", fontsize=10)
    stacked(middle, record["worker_thread"], "{:.0%}")
    middle.set_title("a worker's thread", loc="left", fontsize=10)
    for axes in (top, middle):
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    stacked(bottom, record["batch_ms"], "{:.0f} ms")
    bottom.set_title("a batch on its way, in ms", loc="left", fontsize=10)


def _lost_time(figure: Any, record: Mapping[str, Any]) -> None:
    cases = record["milliseconds"]
    for axes, (case, contenders) in zip(figure.subplots(len(cases), sharex=True), cases.items(), strict=True):
        for place, parts in enumerate(contenders.values()):
            left = 0.0
            for number, (name, part) in enumerate(parts.items()):
                style = {"color": SHADES[number], "hatch": HATCHES[number], "edgecolor": "white"}
                axes.barh(-place, part, left=left, label=name if place == 0 else None, **style)
                left += part
        axes.set_yticks([-place for place in range(len(contenders))], list(contenders))
        axes.set_title(case, loc="left", fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel("milliseconds of a worker in which no task of the call sleeps")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)


def _lost_table(record: Mapping[str, Any]) -> list[list[str]]:
    cases = record["milliseconds"]
    names = next(iter(next(iter(cases.values())).values()))
    rows = [
        [f"{case}, {contender}", *(f"{parts[name]:.0f} ms" for name in names)]
        for case, contenders in cases.items()
        for contender, parts in contenders.items()
    ]
    return [["of", *names], *rows]


def _lines_table(place: str, figures: str, form: str) -> Callable[[Mapping[str, Any]], list[list[str]]]:
    def table(record: Mapping[str, Any]) -> list[list[str]]:
        rows = record[figures]
        names = list(dict.fromkeys(name for each in rows.values() for name in each))
        told = [
            [f"{int(at):,}", *(form.format(each[name]) if name in each else "-" for name in names)]
            for at, each in rows.items()
        ]
        return [[place, *names], *told]

    return table


def _where_table(record: Mapping[str, Any]) -> list[list[str]]:
    sides = (
        ("the call's thread", record["client_thread"], "{:.1%}"),
        ("a worker's thread", record["worker_thread"], "{:.1%}"),
        ("a batch", record["batch_ms"], "{:.1f} ms"),
    )
    rows = [[side, part, form.format(figure)] for side, parts, form in sides for part, figure in parts.items()]
    return [["of", "part", "figure"], *rows]


PICTURES: Mapping[str, Picture] = {
    "speedup": Picture(
        "speedup",
        "Speed-up against the number of workers",
        "Sleeping tasks of 100 ms, 20 for each worker of one thread.",
        _speedup,
        _lines_table("workers", "speedup", "{:.2f}"),
    ),
    "task_length": Picture(
        "task_length",
        "Share of the ideal against the length of tasks",
        "Sleeping tasks on 8 workers of one thread, as many as would take two seconds.",
        _task_length,
        _lines_table("ms", "share_of_ideal", "{:.2f}"),
    ),
    "task_count": Picture(
        "noop_tasks",
        "Cost of a task against the number of tasks",
        "Tasks that do nothing, in one call, on 8 workers of one thread.",
        _task_count,
        _lines_table("tasks", "microseconds_a_task", "{:.0f}"),
    ),
    "where_time_goes": Picture(
        "where_time_goes",
        "Where a call's time goes",
        "Sleeping tasks of 5 ms on 8 workers of one thread, seen from three sides. In the call's thread *dispatch* is "
        "joblib's part, *fetch* the wait for the reports of batches, *idle* the wait for something to do. Of a batch, "
        "*schedule* is the time from the scheduler's hearing of it to its start, queues included, and *collect* that "
        "from its end until the scheduler is told to forget it.",
        _where_time_goes,
        _where_table,
    ),
    "lost_time": Picture(
        "lost_time",
        "What a worker does besides the tasks",
        "For the average of 8 workers of one thread. *Before the first task* its batch is dispatched, sent and "
        "scheduled; *between tasks* it reports a batch, takes up the next one, or waits for it; *after the last task* "
        "the report goes home, and other workers may still have work. *distributed alone* gets batches of 0.2 s, all "
        "at once, without joblib: no backend can do better, but for smaller batches at the end.",
        _lost_time,
        _lost_table,
    ),
}
