"""What ships with the package says what the records say, and stays small."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

import cells
import plan
import records
import support_data
from joblib_dask_compat.support.records import Support

OLD, NEW = cells.edges()[0], cells.edges()[-1]
REASON = "an array in a dict: 100 tasks on 2 workers got 36 copies"


def record(cell: cells.Cell, outcomes: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {
        "cell": cell.id,
        "requested": {"python": cell.python, **cell.packages},
        "date": "2026-01-02",
        "freeze": ["dask==1.2", *(f"{name}=={version}" for name, version in cell.packages.items())],
        "columns": {"compat": outcomes},
        **changed,
    }


def written(folder: Path, *found: dict[str, Any]) -> Path:
    folder.mkdir(exist_ok=True)
    for each in found:
        path = folder / f"py{each['requested']['python']}.jsonl"
        with open(path, "a", encoding="utf-8") as stream:
            stream.write(json.dumps(each) + "\n")
    return folder


def unpacked(folder: Path) -> Support:
    return Support(json.loads(support_data.render(folder)))


def test_outcomes_pins_and_dates_come_back(tmp_path: Path) -> None:
    outcomes = {
        "grid_search": {"status": "pass", "seconds": 1.0},
        "generator": {"status": "n/a", "reason": "came with joblib 1.3", "seconds": 0.1},
        "auto_scatter": {"status": "fail", "exception": "AssertionError", "reason": REASON, "seconds": 2.0},
        "cancel": {"status": "hang", "reason": "no end within 15 s", "seconds": 15.0},
    }
    (found,) = unpacked(written(tmp_path, record(OLD, outcomes))).records
    assert found.combination.cell == OLD.id
    assert found.date == "2026-01-02"
    assert found.error is None
    assert found.pins == {"dask": "1.2", **OLD.packages}
    assert {name: tuple(each) for name, each in found.columns["compat"].items()} == {
        "grid_search": ("pass", ""),
        "generator": ("n/a", "came with joblib 1.3"),
        "auto_scatter": ("fail", f"AssertionError: {REASON}"),
        "cancel": ("hang", "no end within 15 s"),
    }
    assert found.state() == "partial"


def test_a_cell_that_cannot_be_made_says_why_and_nothing_else(tmp_path: Path) -> None:
    before = {"grid_search": {"status": "pass", "seconds": 1.0}}
    broken = record(NEW, before, error="uv pip install failed:\n  no wheel " + "x" * 500, resolved=None)
    (found,) = unpacked(written(tmp_path, broken)).records
    assert found.state() == "not-installable"
    assert found.error is not None
    assert found.error.startswith("uv pip install failed: no wheel xxx")
    assert len(found.error) <= support_data.LONGEST_REASON
    assert (found.columns, found.pins) == ({}, {})


def test_same_records_in_any_order_are_the_same_bytes(tmp_path: Path) -> None:
    passed = {"grid_search": {"status": "pass", "seconds": 1.0}}
    made = [record(cell, passed) for cell in cells.edges()[:5]]
    texts = {support_data.render(written(tmp_path / order, *rows)) for order, rows in (("a", made), ("b", made[::-1]))}
    assert len(texts) == 1


def test_no_records_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there are no records"):
        support_data.render(tmp_path)


def test_the_first_line_says_what_makes_it(tmp_path: Path) -> None:
    text = support_data.render(written(tmp_path, record(OLD, {})))
    assert "nox -s render" in text.splitlines()[0]
    assert text.endswith("}\n")


def test_releases_and_excludes_ship_too(tmp_path: Path) -> None:
    found = unpacked(written(tmp_path, record(OLD, {})))
    assert found.releases["joblib"]["1.2.0"].requires_python == ">=3.7"
    assert found.releases["sklearn"]["1.8.0"].requires == {"joblib": ">=1.3.0"}
    assert len(found.excludes) == len(cells.excludes())


def test_the_whole_plan_takes_less_than_300_kb(root: Path, tmp_path: Path) -> None:
    """With as many outcomes, reasons and pins as the records at hand have, in all combinations."""
    measured = [each for each in records.load(root / "matrix" / "results").values() if "error" not in each]
    draw = random.Random(1)
    made = []
    for planned in plan.plan()[:700]:
        sample = [draw.choice(measured) for _ in range(2)]
        columns = {name: each["columns"].get(name, {}) for each in sample for name in ("compat", "upstream")}
        made.append(record(planned.cell, {}, columns=columns, freeze=sample[0]["freeze"]))
    size = len(support_data.render(written(tmp_path, *made)))
    assert 50_000 < size < 300_000
