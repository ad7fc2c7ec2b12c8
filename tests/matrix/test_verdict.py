"""The verdict is strict both ways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import cells
import records
import sweep
import verdict
from cells import Cell
from verdict import Expected

CELL = cells.edges()[0]
NAMES = ["grid_search", "nested"]
PASS = {"status": "pass", "seconds": 0.1}
AGREED = {"joblib": {"own": {"usable": True, "expected": True}, "builtin": {"usable": False, "expected": False}}}


def record(cell: Cell = CELL, **changed: Any) -> dict[str, Any]:
    """A record in which both behaviours pass in our column, with some outcomes changed; None takes one out."""
    outcomes = {**dict.fromkeys(NAMES, PASS), **changed}
    outcomes = {name: outcome for name, outcome in outcomes.items() if outcome}
    return {"cell": cell.id, "columns": {"compat": outcomes}, "routes": AGREED}


def known(status: str = "fail", behaviour: str = "nested", **when: str) -> Expected:
    return Expected(behaviour, status, "it cannot", "https://example.org/1", when)


def judged(found: dict[str, Any] | None, *expected: Expected) -> tuple[int, list[tuple[str | None, str]]]:
    """The exit code, and what was found, for one cell."""
    result = verdict.judge({CELL.id: found} if found else {}, {CELL: NAMES}, expected)
    return verdict.report(result, "again"), [(finding.behaviour, finding.what) for finding in result.findings]


def save(folder: Path, cell: Cell) -> None:
    made = {"resolved": {}, "interpreter": "", "freeze": [], "wheel": "1", "date": "2026-01-01"}
    records.save(folder, cell, {**made, **record(cell)})


def test_all_that_pass_are_green(capsys: pytest.CaptureFixture[str]) -> None:
    assert judged(record()) == (0, [])
    assert capsys.readouterr().out.splitlines()[-1] == "3 passed, 0 failed"  # the routes are the third


@pytest.mark.parametrize("status", ["fail", "hang", "crash", "flaky"])
def test_unexpected_failure_is_red_and_says_how_to_rerun_it(status: str, capsys: pytest.CaptureFixture[str]) -> None:
    red = {"status": status, "reason": "no luck", "exception": "KeyError"}
    assert judged(record(nested=red)) == (1, [("nested", f"{status}: KeyError: no luck")])
    lines = capsys.readouterr().out.splitlines()
    assert f"    again: again --cells {CELL.id} --behaviours nested" in lines
    assert lines[-1] == "2 passed, 1 failed"


@pytest.mark.parametrize("status", ["fail", "hang", "crash"])
def test_known_failure_is_excused(status: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert judged(record(nested={"status": status, "reason": "no luck"}), known(status)) == (0, [])
    assert capsys.readouterr().out.splitlines()[-1] == "2 passed, 0 failed"  # excused is not passed


@pytest.mark.parametrize("outcome", [PASS, {"status": "n/a", "reason": "too old"}])
def test_known_failure_that_no_longer_fails_is_red(outcome: dict[str, Any]) -> None:
    code, findings = judged(record(nested=outcome), known())
    assert (code, [name for name, _ in findings]) == (1, ["nested"])
    assert "expected.toml has it as a known fail" in findings[0][1]


@pytest.mark.parametrize("status", ["hang", "crash", "flaky"])
def test_known_failure_that_fails_in_another_way_is_red(status: str) -> None:
    assert judged(record(nested={"status": status, "reason": "new"}), known("fail"))[0] == 1


def test_known_failure_of_another_cell_or_behaviour_excuses_nothing() -> None:
    red = record(nested={"status": "fail", "reason": "no luck"})
    assert judged(red, known(behaviour="grid_search"))[0] == 1
    assert judged(red, known(joblib=f">{CELL.joblib}"))[0] == 1
    assert judged(red, known(joblib=f"=={CELL.joblib}", python="<3.7")) == (0, [])


def test_cell_without_a_record_is_red() -> None:
    assert judged(None) == (1, [(None, "there is no record")])


def test_known_failure_does_not_excuse_a_missing_record() -> None:
    assert judged(None, known())[0] == 1
    assert judged(record(nested=None), known()) == (1, [("nested", "there is no record of it")])


def test_behaviour_or_column_without_a_record_is_red() -> None:
    assert judged(record(nested=None)) == (1, [("nested", "there is no record of it")])
    only_seed = {**record(), "columns": {"seed": dict.fromkeys(NAMES, PASS)}}
    assert [name for name, _ in judged(only_seed)[1]] == NAMES


def test_cell_that_could_not_be_measured_is_red_with_its_reason() -> None:
    assert judged({**record(), "error": "no wheel for it"}) == (1, [(None, "no wheel for it")])


@pytest.mark.parametrize("reason", [{}, {"reason": ""}])
def test_not_applicable_without_a_reason_is_red(reason: dict[str, str]) -> None:
    outcome = {"status": "n/a", **reason}
    assert judged(record(nested=outcome)) == (1, [("nested", "not applicable, without a reason")])


def test_not_applicable_with_a_reason_is_green() -> None:
    assert judged(record(nested={"status": "n/a", "reason": "joblib is too old"})) == (0, [])


def test_flaky_says_how_often() -> None:
    counts = {"pass": 2, "fail": 1}
    _, findings = judged(record(nested={"status": "flaky", "counts": counts, "reason": "no luck"}))
    assert findings == [("nested", "flaky: 2 pass, 1 fail; no luck")]


@pytest.mark.parametrize("usable", [True, False])
def test_route_whose_probe_and_table_disagree_is_red(usable: bool) -> None:
    found = {**record(), "routes": {"joblib": {"builtin": {"usable": usable, "expected": not usable}}}}
    code, findings = judged(found)
    assert (code, [name for name, _ in findings]) == (1, ["routes"])
    assert "route 'builtin'" in findings[0][1]


def test_other_columns_are_never_judged() -> None:
    found = record()
    found["columns"]["seed"] = {"nested": {"status": "hang", "reason": "no end"}}
    assert judged(found) == (0, [])


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("link", None, "missing 1 required positional argument: 'link'"),
        ("until", "2027", "unexpected keyword argument 'until'"),
        ("behaviour", "nestled", "no behaviour 'nestled'"),
        ("status", "pass", "lacks a red status"),
        ("status", "flaky", "lacks a red status"),
        ("reason", "", "lacks a red status, reason or link"),
        ("link", "", "lacks a red status, reason or link"),
    ],
)
def test_slip_in_the_known_failures_is_told(key: str, value: str | None, told: str, tmp_path: Path) -> None:
    entry = {"behaviour": "nested", "status": "fail", "reason": "it cannot", "link": "https://example.org", key: value}
    lines = [f'{name} = "{text}"' for name, text in entry.items() if text is not None]
    path = tmp_path / "expected.toml"
    path.write_text("\n".join(["[[failure]]", *lines]), encoding="utf-8")
    with pytest.raises(ValueError, match=told):
        verdict.load_expected(path)


def test_committed_known_failures_can_be_read_and_applied() -> None:
    for entry in verdict.load_expected():
        for cell in cells.edges():
            entry.covers(cell, entry.behaviour)


@pytest.mark.parametrize("files", [[], ["py3.6.jsonl"]])
def test_zero_cells_cannot_be_judged(files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in files:
        (tmp_path / name).touch()
    assert verdict.main(["--results", str(tmp_path)]) == 2
    assert "there are no records" in capsys.readouterr().err


def test_folder_that_is_not_there_cannot_be_judged(tmp_path: Path) -> None:
    assert verdict.main(["--results", str(tmp_path / "nowhere")]) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        ["--cells", CELL.id, "--behaviours", ","],
        ["--cells", CELL.id, "--behaviours", "nestled"],
        ["--cells", "py3.6-joblib0.11"],
        ["--edges", "--columns", "seed", "--verdict"],
    ],
)
def test_sweep_of_nothing_is_wrong_use(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        sweep.main(wrong)
    assert ended.value.code == 2


def test_every_edge_needs_a_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(verdict, "load_expected", lambda: [])
    save(tmp_path, CELL)
    assert verdict.main(["--results", str(tmp_path)]) == 1
    told = capsys.readouterr().out
    for cell in cells.edges()[1:]:
        assert f"{cell}  (the whole cell)\n    there is no record" in told


def test_known_failure_that_covers_no_cell_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(verdict, "load_expected", lambda: [known(joblib="<0.1")])
    save(tmp_path, CELL)
    assert verdict.main(["--results", str(tmp_path)]) == 2
    assert "these cover nothing" in capsys.readouterr().err
