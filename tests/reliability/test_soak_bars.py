"""The bars of the soak, each of which can fail; and what is made of the lines that its client writes."""

import json

import pytest

from soak_bars import PROCESSES, judge, quarters

FLAT = {"rss_mb": [100.0] * 40, "descriptors": [30.0] * 40, "threads": [12.0] * 40}
RECORD = {
    "asked": {"tasks": 100},
    "seconds": 10.0,
    "hung": False,
    "results": {"tasks": 100, "lost": 0, "twice": 0, "elsewhere": 0},
    "unexpected": [],
    "scheduler_tasks": 0,
    "samples": dict.fromkeys(PROCESSES, FLAT),
    "by_map": {"seconds": 10.0, "tasks": 100, "rss_mb": FLAT["rss_mb"]},
}


def missed(**changes):
    return [each.measure for each in judge({**RECORD, **changes}) if not each.met]


def grows(process, measure, series):
    return {**RECORD["samples"], process: {**FLAT, measure: series}}


def test_a_good_run_meets_every_bar():
    assert missed() == []
    assert len(list(judge(RECORD))) == 15


@pytest.mark.parametrize(
    ("changes", "measure"),
    [
        ({"hung": True}, "tasks that gave their result"),
        ({"results": {**RECORD["results"], "tasks": 99}}, "tasks that gave their result"),
        ({"results": {**RECORD["results"], "lost": 1}}, "results lost"),
        ({"results": {**RECORD["results"], "twice": 1}}, "results twice"),
        ({"results": {**RECORD["results"], "elsewhere": 1}}, "tasks run elsewhere"),
        ({"unexpected": ["raises: nothing was raised"]}, "calls that raised what they should not, or nothing"),
        ({"scheduler_tasks": 1}, "tasks that the scheduler holds afterwards"),
        ({"scheduler_tasks": None}, "tasks that the scheduler holds afterwards"),
    ],
)
def test_each_bar_can_be_missed(changes, measure):
    assert missed(**changes) == [measure]


@pytest.mark.parametrize(("process", "name"), PROCESSES.items())
@pytest.mark.parametrize(
    ("measure", "told", "within", "beyond"),
    [("rss_mb", "memory", 104.9, 105.1), ("descriptors", "descriptors", 34, 35), ("threads", "threads", 14, 15)],
)
def test_what_grows_is_seen_in_the_last_quarter(process, name, measure, told, within, beyond):
    before = FLAT[measure][:30]
    assert missed(samples=grows(process, measure, before + [within] * 10)) == []
    assert missed(samples=grows(process, measure, before + [beyond] * 10)) == [f"{told} of {name}"]


def test_what_distributed_adds_by_itself_is_no_fault():
    seen = grows("scheduler", "rss_mb", [100.0] * 30 + [107.0] * 10)
    assert missed(samples=seen) == ["memory of the scheduler"]
    by_map = {**RECORD["by_map"], "rss_mb": [90.0] * 30 + [92.5] * 10}
    assert missed(samples=seen, by_map=by_map) == []
    assert missed(samples=grows("scheduler", "rss_mb", [100.0] * 30 + [108.0] * 10), by_map=by_map)


def test_the_first_quarter_is_for_warming_up():
    assert quarters([1, 1, 5, 5, 9, 9, 7, 7]) == (5, 7)
    with pytest.raises(ValueError, match="no quarters"):
        quarters([1, 2, 3])


@pytest.fixture
def results(tmp_path):
    """Return a function that reads lines as the soak's client, process 7, would have written them."""
    import soak

    def read(*blocks):
        lines = (json.dumps({"kind": "plain", "numbers": [0, 2], **each}) + "\n" for each in blocks)
        (tmp_path / "blocks.jsonl").write_text("".join(lines), encoding="utf-8")
        return soak.results(tmp_path, 7)["results"]

    return read


def test_results_that_are_lost_or_come_twice_or_from_the_client_are_counted(results):
    good = [[0, "a", 1], [1, "b", 1]]
    nothing = {"lost": 0, "twice": 0, "elsewhere": 0}
    assert results({"results": good}) == {**nothing, "tasks": 2}
    assert results({"results": good[:1]}) == {**nothing, "tasks": 1, "lost": 1}
    assert results({"results": [*good, good[0]]}) == {**nothing, "tasks": 2, "twice": 1}
    assert results({"results": [[0, "a", 1], [1, "a", 1]]}) == {**nothing, "tasks": 2, "twice": 1}
    assert results({"results": [[0, "a", 7], [1, "b", 1]]}) == {**nothing, "tasks": 2, "elsewhere": 1}
    assert results({"unexpected": "plain: TimeoutError()"}) == {**nothing, "tasks": 0}
