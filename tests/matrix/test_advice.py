"""The checks of the advice: what they draw, what they remember, and when they are red."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path
from typing import Any

import pytest

import cells
import check_caniuse
import check_pins
import ladder
import plan
import trying
from cells import Cell
from joblib_dask_compat.support import records
from joblib_dask_compat.support.verdicts import Verdict

START = Cell("3.7", "0.14.1", "0.20.4", "2.9.3")


@pytest.mark.parametrize("start", ladder.STARTS, ids=str)
def test_each_rung_moves_one_thing_up_and_can_be_installed(start: Cell) -> None:
    rungs = [start, *ladder.ladder(start)]
    for below, above in itertools.pairwise(rungs):
        before, after = dataclasses.astuple(below), dataclasses.astuple(above)
        moved = [place for place in range(4) if before[place] != after[place]]
        assert len(moved) == 1
        assert records.parse(after[moved[0]]) > records.parse(before[moved[0]])
        assert above.python in plan.pythons(above.joblib, above.sklearn, above.distributed)


def test_a_ladder_ends_at_the_newest() -> None:
    newest = [plan.releases.load()[package] for package in plan.AXES]
    *_, last = ladder.ladder(START)
    assert [last.joblib, last.sklearn, last.distributed] == [list(found)[-1] for found in newest]


def test_what_is_drawn_is_outside_of_the_records_and_the_same_every_time() -> None:
    support = records.load()
    first, again = (list(itertools.islice(check_caniuse.drawn(support, 7), 20)) for _ in range(2))
    assert first == again
    assert not set(first) & set(support.by_combination)
    assert not any(support.obstacle(each) for each in first)
    assert list(itertools.islice(check_caniuse.drawn(support, 8), 20)) != first


def test_what_is_tried_is_decided_and_some_of_it_is_said_to_work() -> None:
    support = records.load()
    found, kinds = check_caniuse.decided(support, 6, 7)
    assert [each.works for each in found].count(True) == 2
    assert [each.works for each in found].count(False) == 4
    assert kinds["untested"] > 0
    assert kinds["interpolated"] >= 2
    assert check_caniuse.decided(support, 6, 7) == (found, kinds)  # so that an interrupted check goes on


def test_where_nothing_is_decided_it_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_caniuse, "MOST_DRAWN", 3)
    found, kinds = check_caniuse.decided(records.load(), 300, 7)
    assert len(found) <= 3
    assert kinds.total() == 3


@pytest.mark.parametrize("python", cells.pythons())
def test_wishes_are_old_releases_that_work_there(python: str) -> None:
    found = list(check_pins.wishes(python))
    assert 1 <= len(found) <= check_pins.WISHES
    assert found == list(check_pins.wishes(python))
    here = [each.combination.named for each in records.load().working if each.combination.python == python]
    assert all(any(versions[package] == version for versions in here) for package, version in found)


def test_what_was_seen_is_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "FOLDER", tmp_path)
    measured: list[str] = []

    def measure() -> dict[str, Any]:
        measured.append("once more")
        return {"outcome": "works"}

    facts = {"pins": "abc", "installer": "uv"}
    trying.Trials("x").of("one", facts, measure)
    trying.Trials("x").of("one", facts, measure)
    trying.Trials("x").of("another with the same pins", facts, measure)
    assert len(measured) == 1
    trying.Trials("x").of("one", {**facts, "pins": "changed"}, measure)
    assert len(measured) == 2
    lines = (tmp_path / "x.jsonl").read_text(encoding="utf-8").splitlines()
    assert [line.partition('"trial": ')[2][1:4] for line in lines] == ["ano", "one"]


def verdict(works: bool | None) -> Verdict:
    name = {True: "interpolated", False: "advised-against", None: "untested"}[works]
    return Verdict(name, works, records.Combination("3.8", "1.0.1", "1.0.2", "2021.6.2"), None, ())


RIGHT = [(verdict(True), "works")] * 29


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (RIGHT, 0),
        ([*RIGHT, (verdict(False), "not installed")], 0),
        ([*RIGHT, (verdict(None), "fails")], 0),
        ([*RIGHT, (verdict(False), "works")], 0),  # one in thirty
        ([*RIGHT, *[(verdict(False), "works")] * 2], 1),
        ([*RIGHT, (verdict(True), "fails")], 1),  # none that it calls working may fail
        ([(verdict(None), "works")] * 30, 1),  # saying nothing is no merit
        ([(verdict(False), "fails")] * 30, 1),  # nor is it to say only what does not work
        ([], 1),
    ],
)
def test_when_caniuse_is_wrong(found: list[tuple[Verdict, str]], code: int) -> None:
    assert check_caniuse.judged(found) == code
