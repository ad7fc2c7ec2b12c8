"""Records are merged, never lost, and the same facts are the same bytes."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import cells
import records

OLD, MIDDLE, NEW = [cell for cell in cells.edges() if cell.python == "3.6"][:3]
PASS = {"status": "pass", "seconds": 0.1}
FAIL = {"status": "fail", "seconds": 0.2, "exception": "KeyError", "reason": "'x' with a ü"}


def record(columns: dict[str, Any], wheel: str = "1", cell: cells.Cell = OLD, **changed: Any) -> dict[str, Any]:
    return {
        "cell": cell.id,
        "date": "2026-01-01",
        "wheel": wheel,
        "resolved": {"joblib": cell.joblib},
        "interpreter": "CPython 3.6.15",
        "freeze": ["dask==0.17.4"],
        "columns": columns,
        **changed,
    }


def error(cell: cells.Cell = OLD) -> dict[str, Any]:
    return {
        "cell": cell.id,
        "date": "2026-02-02",
        "wheel": "2",
        "resolved": None,
        "columns": {},
        "error": "no index",
    }


def test_first_record_is_taken_as_it_is(tmp_path: Path) -> None:
    first = record({"compat": {"nested": PASS}})
    records.save(tmp_path / "new", OLD, first)
    assert records.load(tmp_path / "new") == {OLD.id: first}


def test_other_behaviours_and_columns_stay(tmp_path: Path) -> None:
    records.save(tmp_path, OLD, record({"compat": {"nested": FAIL, "clean": PASS}, "seed": {"nested": FAIL}}))
    records.save(tmp_path, OLD, record({"compat": {"nested": PASS}}))
    found = records.load(tmp_path)[OLD.id]["columns"]
    assert found == {"compat": {"nested": PASS, "clean": PASS}, "seed": {"nested": FAIL}}


def test_other_cells_stay(tmp_path: Path) -> None:
    for cell in (NEW, OLD, cells.edges()[-1]):
        records.save(tmp_path, cell, record({"compat": {"nested": PASS}}, cell=cell))
    assert set(records.load(tmp_path)) == {OLD.id, NEW.id, cells.edges()[-1].id}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["py3.15.jsonl", "py3.6.jsonl"]


def test_outcome_of_another_wheel_says_so_where_the_wheel_matters() -> None:
    old = record({"compat": {"nested": PASS, "clean": PASS}, "seed": {"nested": FAIL}}, wheel="1")
    new = records.merged(old, record({"compat": {"nested": PASS}}, wheel="2"))
    assert new["wheel"] == "2"
    assert new["columns"]["compat"] == {"nested": PASS, "clean": {**PASS, "wheel": "1"}}
    assert new["columns"]["seed"] == {"nested": FAIL}
    third = records.merged(new, record({"compat": {"nested": PASS}}, wheel="3"))
    assert third["columns"]["compat"]["clean"]["wheel"] == "1"


def test_merging_leaves_its_arguments_alone() -> None:
    old, new = record({"compat": {"clean": PASS}}), record({"compat": {"nested": PASS}}, wheel="2")
    before = json.dumps([old, new])
    records.merged(old, new)
    assert json.dumps([old, new]) == before


@pytest.mark.parametrize("changed", [{"freeze": ["dask==1"]}, {"interpreter": "PyPy"}, {"resolved": {}}])
def test_outcomes_of_another_environment_go(changed: dict[str, Any]) -> None:
    old = record({"compat": {"nested": PASS, "clean": PASS}, "seed": {"nested": FAIL}})
    new = record({"compat": {"nested": PASS}}, **changed)
    assert records.merged(old, new) == new


def test_outcomes_of_behaviours_that_are_gone_go() -> None:
    old = record({"compat": {"was_renamed": PASS, "clean": PASS}, "seed": {"was_renamed": FAIL}})
    new = records.merged(old, record({"compat": {"nested": PASS}}))
    assert new["columns"] == {"compat": {"clean": PASS, "nested": PASS}, "seed": {}}


def test_error_is_written_and_what_was_measured_stays() -> None:
    old = record({"compat": {"nested": PASS}})
    told = records.merged(old, error())
    assert told == {**old, "error": "no index", "date": "2026-02-02"}
    assert records.merged({}, error()) == error()


def test_error_goes_once_the_cell_is_measured() -> None:
    old = record({"compat": {"nested": PASS, "clean": PASS}})
    again = records.merged(records.merged(old, error()), record({"compat": {"nested": FAIL}}))
    assert again == record({"compat": {"nested": FAIL, "clean": PASS}})
    assert records.merged(error(), old) == old


def test_same_facts_are_the_same_bytes(tmp_path: Path) -> None:
    facts = [
        (cell, record({column: {name: outcome}}, cell=cell))
        for cell in (OLD, MIDDLE, NEW)
        for column, name, outcome in (("compat", "nested", PASS), ("compat", "clean", FAIL), ("seed", "clean", FAIL))
    ]
    for folder, order in (("a", facts), ("b", facts[::-1]), ("c", facts + facts)):
        for cell, each in order:
            records.save(tmp_path / folder, cell, each)
    written = [(tmp_path / folder / "py3.6.jsonl").read_bytes() for folder in "abc"]
    assert len(set(written)) == 1
    ids = [json.loads(line)["cell"] for line in written[0].decode("ascii").splitlines()]
    assert ids == sorted(ids)
    assert written[0].endswith(b"}\n")


def test_reading_and_writing_committed_records_changes_no_byte(root: Path, tmp_path: Path) -> None:
    # Not the folder itself: a sweep may be writing there.
    paths = sorted((root / "matrix" / "results").glob("py*.jsonl"))
    assert paths, "there are no records"
    committed = {path.name: path.read_bytes() for path in paths}
    for name, text in committed.items():
        (tmp_path / name).write_bytes(text)
    for cell_id, one in records.load(tmp_path).items():
        records.save(tmp_path, cells.from_id(cell_id), one)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == committed


@pytest.mark.parametrize("line", ["", "{", "[]", "null", '{"cells": 1}'])
def test_damaged_line_is_named_and_nothing_is_written_over_it(tmp_path: Path, line: str) -> None:
    records.save(tmp_path, OLD, record({}))
    path = tmp_path / "py3.6.jsonl"
    damaged = path.read_text(encoding="utf-8") + line + "\n"
    path.write_text(damaged, encoding="utf-8")
    for use in (lambda: records.load(tmp_path), lambda: records.save(tmp_path, MIDDLE, record({}, cell=MIDDLE))):
        with pytest.raises(records.DamagedRecordError, match=r"py3\.6\.jsonl, line 2 "):
            use()
    assert path.read_text(encoding="utf-8") == damaged


def test_two_sweeps_at_once_lose_nothing(tmp_path: Path) -> None:
    made = [cells.Cell("3.6", f"0.{minor}", "0.20.4", "1.25.3") for minor in range(20)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda cell: records.save(tmp_path, cell, record({}, cell=cell)), made))
    assert set(records.load(tmp_path)) == {cell.id for cell in made}
    assert [path.name for path in tmp_path.iterdir()] == ["py3.6.jsonl"]


def test_resume_takes_only_what_was_measured_as_asked() -> None:
    other = {**PASS, "wheel": "1"}
    found = record({"compat": {"nested": PASS, "clean": other}, "seed": {"clean": {**FAIL, "runs": 3}}}, wheel="2")
    assert records.has(found, "compat", "nested", wheel="2", runs=1)
    assert not records.has(found, "compat", "nested", wheel="3", runs=1)
    assert not records.has(found, "compat", "nested", wheel="2", runs=3)
    assert not records.has(found, "compat", "clean", wheel="2", runs=1)
    assert not records.has(found, "compat", "threads", wheel="2", runs=1)
    assert records.has(found, "seed", "clean", wheel="any", runs=3)
    assert records.has(found, "seed", "clean", wheel="any", runs=1), "what was seen three times was seen once"
    assert not records.has({**found, "error": "no index"}, "compat", "nested", wheel="2", runs=1)
    assert not records.has({}, "compat", "nested", wheel="2", runs=1)
