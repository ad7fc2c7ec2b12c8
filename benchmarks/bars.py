"""What is asked of each measure, and whether the figures of a record meet it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from names import DASK_ML, DASK_ML_ALONE, LOKY, OURS, RAY, SKLEARN_ALONE, UPSTREAM

RESULTS = Path(__file__).resolve().parent / "results"

#: Where the parts of a call are told that no backend can shorten.
DISTRIBUTEDS_OWN = "performance.md#what-is-distributeds-own"

Figures = dict[str, Any]  # of one record, as JSON has them


class Judged(NamedTuple):
    """What a record says of a bar."""

    told: str  #: the figures
    met: bool


class Row(NamedTuple):
    """One bar."""

    record: str  #: the script, and its file in results/
    measure: str
    bar: str
    judge: Callable[[Figures], Judged | None]  #: None where the record does not have the figures
    limit: str = ""  #: where it is explained what holds the figure, in case the bar is missed


def _beside(figures: dict[str, float], form: str) -> str:
    """Tell the figures of all others than ours."""
    return ", ".join(f"{name} {form.format(each)}" for name, each in figures.items() if name != OURS)


def _share(case: str, least: float, multiple: float = 0.0, workers: int = 0) -> Callable[[Figures], Judged | None]:
    """Judge a case of short_tasks.py, told as a speed-up if the number of workers is given."""

    def judge(figures: Figures) -> Judged | None:
        shares = figures["share_of_ideal"].get(case, {})
        if not {OURS, UPSTREAM} <= set(shares):
            return None
        met = shares[OURS] >= least and shares[OURS] >= multiple * shares[UPSTREAM]
        if workers:
            shares = {name: workers * share for name, share in shares.items()}
        form = "{:.1f} times" if workers else "{:.3f}"
        return Judged(f"{form.format(shares[OURS])}; {_beside(shares, form)}", met)

    return judge


def _noop_speed(figures: Figures) -> Judged | None:
    costs = figures["microseconds_a_task"]
    if not {"20000", "100000"} <= set(costs):
        return None
    times = [costs[count][UPSTREAM] / costs[count][OURS] for count in ("20000", "100000")]
    return Judged("{:.1f} and {:.1f} times as fast".format(*times), min(times) >= 2)


def _noop_growth(figures: Figures) -> Judged | None:
    costs = figures["microseconds_a_task"]
    if not {"1000", "100000"} <= set(costs):
        return None
    few, many = (costs[count][OURS] for count in ("1000", "100000"))
    told = f"{many / few:.2f} times ({many:.0f} µs a task, {few:.0f} µs among 1,000)"
    return Judged(told, many <= 1.1 * few)


#: What a task more may take of the client's memory: its result takes 36 bytes.
MOST_BYTES = 100


def _noop_memory(figures: Figures) -> Judged | None:
    grown = figures["client_mb"]
    if not {"20000", "100000"} <= set(grown):
        return None
    each = 1e6 * (grown["100000"] - grown["20000"]) / 80000
    told = "{:.0f} bytes ({:.1f} MB during 20,000, {:.1f} MB during 100,000)"
    return Judged(told.format(each, grown["20000"], grown["100000"]), each <= MOST_BYTES)


def _old_stacks(figures: Figures) -> Judged | None:
    ratios = figures["ratio_to_newest"]
    if len(ratios) < 2:
        return None
    told = (
        "{}: {}".format(stack.partition("-")[0], ", ".join(f"{each:.2f}" for each in of_cases.values()))
        for stack, of_cases in ratios.items()
    )
    return Judged("; ".join(told), all(each >= 0.85 for of_cases in ratios.values() for each in of_cases.values()))


def _grid_loky(figures: Figures) -> Judged | None:
    seconds = figures["median_seconds"]
    if LOKY not in seconds:
        return None
    ratio = seconds[OURS] / seconds[LOKY]
    return Judged(f"{ratio:.2f} times ({seconds[OURS]:.1f} s, loky {seconds[LOKY]:.1f} s)", ratio <= 1.10)


def _grid_ahead(figures: Figures) -> Judged | None:
    seconds = figures["median_seconds"]
    others = [(name, seconds.get(name)) for name in (UPSTREAM, RAY, DASK_ML)]
    told = ["{} {}".format(name, "not measured" if each is None else f"{each:.1f} s") for name, each in others]
    told += [f"{name} {seconds[name]:.1f} s" for name in (SKLEARN_ALONE, DASK_ML_ALONE) if name in seconds]
    met = all(each is not None and seconds[OURS] < each for _, each in others)
    return Judged("{:.1f} s; {}".format(seconds[OURS], ", ".join(told)), met)


def _large_array(figures: Figures) -> Judged | None:
    calls = figures["calls"]
    ours = [each for how, each in calls.items() if how.startswith(OURS)]
    told = (
        "{}: {}{}".format(
            how, ", ".join(map("{:.2f}".format, each["times_sent"])), ", **stale**" if each["stale"] else ""
        )
        for how, each in calls.items()
    )
    met = all(each["times_sent"][0] <= 1.05 * figures["workers"] and not each["stale"] for each in ours)
    return Judged("times sent in each search: " + "; ".join(told), met)


def _enter_block(figures: Figures) -> Judged | None:
    medians = figures["median_ms"]
    more = medians[OURS] - medians[UPSTREAM]
    told = f"{more:.1f} ms more ({medians[OURS]:.1f} ms, joblib's own {medians[UPSTREAM]:.1f} ms)"
    return Judged(told, more < 10)


def _import_time(figures: Figures) -> Judged | None:
    (ours, joblibs), share = figures["median_ms"].values(), figures["share"]
    return Judged(f"{100 * share:.1f} % ({ours:.1f} ms of {joblibs:.0f} ms)", share < 0.05)


def _progress_cost(figures: Figures) -> Judged | None:
    share = figures["share_of_processor"]
    low, middle, high = figures["ratios"]
    ratios = f"ratio of two calls' times: {middle:.2f}, half of them {low:.2f} to {high:.2f}"
    return Judged(f"{100 * share:.2f} % of a processor ({ratios})", share < 0.01)


ROWS = [
    Row(
        "short_tasks",
        "8 workers, 3,200 tasks of 5 ms: share of the ideal",
        "at least 0.88 and 1.2 times joblib's own",
        _share("3,200 tasks of 5 ms", 0.88, 1.2),
        DISTRIBUTEDS_OWN,
    ),
    Row(
        "short_tasks",
        "8 workers, 320 tasks of 20 ms: share of the ideal",
        "at least 0.91, never behind joblib's own",
        _share("320 tasks of 20 ms", 0.91, 1.0),
        DISTRIBUTEDS_OWN,
    ),
    Row(
        "short_tasks",
        "8 workers, 80 tasks of 100 ms: share of the ideal",
        "at least 0.95, never behind joblib's own",
        _share("80 tasks of 100 ms", 0.95, 1.0),
        DISTRIBUTEDS_OWN,
    ),
    Row(
        "short_tasks",
        "16 workers, 320 tasks of 250 ms: speed-up",
        "at least 14.5 times sequential",
        _share("320 tasks of 250 ms", 14.5 / 16, workers=16),
    ),
    Row(
        "short_tasks",
        "8 workers, tasks growing from 1 to 500 ms: share of the ideal",
        "at least 0.8",
        _share("growing, 1 to 500 ms", 0.8),
    ),
    Row(
        "short_tasks",
        "8 workers, tasks shrinking from 500 to 1 ms: share of the ideal",
        "at least 0.8",
        _share("shrinking, 500 to 1 ms", 0.8),
    ),
    Row(
        "short_tasks",
        "8 workers, tasks of 1 and 500 ms in turns: share of the ideal",
        "at least 0.8",
        _share("1 ms and 500 ms in turns", 0.8),
    ),
    Row(
        "noop_tasks",
        "20,000 and 100,000 tasks that do nothing",
        "at least 2 times as fast as joblib's own",
        _noop_speed,
    ),
    Row("noop_tasks", "a task among 100,000", "at most 1.1 times the cost of one among 1,000", _noop_growth),
    Row(
        "noop_tasks",
        "the client's memory for each task more",
        f"at most {MOST_BYTES} bytes, result included",
        _noop_memory,
    ),
    Row(
        "old_stacks",
        "the first three at joblib 0.14.1 with distributed 2.9.3, and at 0.11 with 1.21.8: share of the ideal",
        "at least 0.85 times that of the newest stack",
        _old_stacks,
    ),
    Row("grid_search", "a real search on 2 workers, beside loky", "at most 1.10 times its time", _grid_loky),
    Row(
        "grid_search",
        "the same search, beside joblib's own, ray's joblib backend and dask-ml",
        "ahead of all",
        _grid_ahead,
        DISTRIBUTEDS_OWN,
    ),
    Row(
        "large_array",
        "200 MB array, 4 workers, 3 searches in a row",
        "at most 4.2 times sent for the first; never stale",
        _large_array,
    ),
    Row(
        "enter_block",
        "entering and leaving a block on a connected client",
        "under 10 ms more than joblib's own",
        _enter_block,
    ),
    Row("import_time", "`import joblib_dask_compat`", "under 5 % of `import joblib`", _import_time),
    Row("progress_cost", "a block with `progress=True`", "its thread takes under 1 % of a call's time", _progress_cost),
]


def tell(row: Row, found: Judged | None) -> None:
    """Print what a record says of a bar."""
    told = "not recorded" if found is None else "{}: {}".format("met" if found.met else "MISSED", found.told)
    print(f"{row.measure} ({row.bar}): {told}")
