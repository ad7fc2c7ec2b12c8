"""The verdict is strict both ways."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import catalog
import cells
import plan
import records
import stage
import sweep
import verdict
from cells import Cell
from verdict import Expected

CELL = cells.edges()[0]
ELSEWHERE = cells.from_id("py3.9-joblib1.0.0-sklearn1.0.1-distributed2021.11.0")  # no edge
EXCLUDED = cells.from_id("py3.8-joblib0.14.1-sklearn0.22.2.post1-distributed1.25.3")
NAMES = ["grid_search", "nested"]
PASS = {"status": "pass", "seconds": 0.1}
AGREED = {"joblib": {"own": {"usable": True, "expected": True}, "builtin": {"usable": False, "expected": False}}}


def record(cell: Cell = CELL, **changed: Any) -> dict[str, Any]:
    """A record in which both behaviours pass in our column, with some outcomes changed; None takes one out."""
    outcomes = {**dict.fromkeys(NAMES, PASS), **changed}
    outcomes = {name: outcome for name, outcome in outcomes.items() if outcome}
    resolved = {"python": cell.python, **cell.packages}
    return {"cell": cell.id, "resolved": resolved, "columns": {"compat": outcomes}, "routes": AGREED}


def known(status: str = "fail", behaviour: str = "nested", **when: str) -> Expected:
    return Expected(behaviour, status, "it cannot", "https://example.org/1", when)


def judged(found: dict[str, Any] | None, *expected: Expected) -> tuple[int, list[tuple[str | None, str]]]:
    """The exit code, and what was found, for one cell."""
    result = verdict.judge({CELL.id: found} if found else {}, {CELL: NAMES}, expected)
    return verdict.report(result, "again"), [(finding.behaviour, finding.what) for finding in result.findings]


def save(folder: Path, cell: Cell, **changed: Any) -> None:
    """Write a record in which all that a cell needs has passed, with some outcomes of our column changed."""
    edge = cell in cells.edges()
    needed = [each.name for each in catalog.select("all" if edge else "core")]
    columns = {column: dict.fromkeys(needed, PASS) for column in (stage.COLUMNS if edge else verdict.MEASURED)}
    columns["compat"] |= changed
    made = {"interpreter": "", "freeze": [], "wheel": "1", "date": "2026-01-01"}
    records.save(folder, cell, {**made, **record(cell), "columns": columns})


def save_edges(folder: Path) -> None:
    for cell in cells.edges():
        save(folder, cell)


@pytest.fixture
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict, "load_expected", lambda: [])


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
    assert "but it is known as fail: it cannot" in findings[0][1]


@pytest.mark.parametrize("status", ["hang", "crash", "flaky"])
def test_known_failure_that_fails_in_another_way_is_red(status: str) -> None:
    assert judged(record(nested={"status": status, "reason": "new"}), known("fail"))[0] == 1


def test_known_failure_of_another_cell_or_behaviour_excuses_nothing() -> None:
    red = record(nested={"status": "fail", "reason": "no luck"})
    assert judged(red, known(behaviour="grid_search"))[0] == 1
    assert judged(red, known(joblib=f">{CELL.joblib}"))[0] == 1
    assert judged(red, known(joblib=f"=={CELL.joblib}", python="<3.7")) == (0, [])


def test_cell_without_a_record_is_red() -> None:
    assert judged(None) == (1, [(None, "there is no record of it")])


def test_known_failure_does_not_excuse_a_missing_record() -> None:
    assert judged(None, known())[0] == 1
    assert judged(record(nested=None), known()) == (1, [("nested", "there is no record of it")])


def test_behaviour_or_column_without_a_record_is_red() -> None:
    assert judged(record(nested=None)) == (1, [("nested", "there is no record of it")])
    only_seed = {**record(), "columns": {"seed": dict.fromkeys(NAMES, PASS)}}
    assert [name for name, _ in judged(only_seed)[1]] == NAMES


def test_cell_that_could_not_be_made_is_red_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert judged({**record(), "error": "no wheel for it"}) == (1, [(None, "not-installable: no wheel for it")])
    lines = capsys.readouterr().out.splitlines()
    assert f"    again: again --cells {CELL.id}" in lines
    assert lines[-1] == "0 passed, 1 failed"


def test_cell_that_is_known_not_to_be_installable_is_excused() -> None:
    entry = known("not-installable", "environment", joblib=f"=={CELL.joblib}")
    assert judged({**record(), "error": "no wheel for it"}, entry) == (0, [])
    assert judged({"error": "no wheel for it"}, entry) == (0, [])


def test_cell_that_is_known_not_to_be_installable_and_is_installed_is_red() -> None:
    code, findings = judged(record(), known("not-installable", "environment"))
    assert (code, [name for name, _ in findings]) == (1, [None])
    assert "but it is known as not-installable" in findings[0][1]


def test_known_failure_of_a_behaviour_does_not_excuse_a_cell_that_could_not_be_made() -> None:
    assert judged({**record(), "error": "no wheel for it"}, known(), known(behaviour="grid_search"))[0] == 1


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ({"grid_search": {"status": "crash", "reason": "x"}, "nested": {"status": "fail", "reason": "x"}}, 0),
        ({"grid_search": {"status": "crash", "reason": "x"}}, 1),
        ({}, 1),
    ],
)
def test_excluded_combination_must_not_run(outcomes: dict[str, Any], code: int) -> None:
    found = {EXCLUDED.id: record(EXCLUDED, **outcomes)}
    assert verdict.report(verdict.judge(found, {EXCLUDED: NAMES}, verdict.excluded()), "again") == code


def test_excluded_combination_that_cannot_be_installed_is_excused() -> None:
    found = {EXCLUDED.id: {**record(EXCLUDED), "error": "no wheel for it"}}
    assert verdict.report(verdict.judge(found, {EXCLUDED: NAMES}, verdict.excluded()), "again") == 0


def test_record_of_other_versions_is_red() -> None:
    found = record()
    found["resolved"]["joblib"] = "9.9"
    code, findings = judged(found)
    assert (code, [name for name, _ in findings]) == (1, [None])
    assert "the record is of another cell" in findings[0][1]


def test_status_that_is_not_known_is_red_and_told() -> None:
    assert judged(record(nested={"status": "skipped"})) == (
        1,
        [("nested", "'skipped' is no status that is known here")],
    )


def test_zero_cells_are_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    assert verdict.report(verdict.judge({}, {}, []), "again") == 2
    assert "no cells" in capsys.readouterr().err


def test_of_many_cells_only_those_with_findings_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    many = [Cell(CELL.python, f"9.{number}", CELL.sklearn, CELL.distributed) for number in range(600)]
    found = {cell.id: record(cell) for cell in many}
    found[many[77].id] = record(many[77], nested={"status": "hang", "reason": "no end"})
    assert verdict.report(verdict.judge(found, dict.fromkeys(many, NAMES), []), "again") == 1
    told = capsys.readouterr().out
    assert told.startswith("599 cells in which nothing was found\n")
    assert [line for line in told.splitlines() if line.endswith(". H .")] == [f"{many[77]} . H ."]


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
        ("until", "'2027'", "unexpected keyword argument 'until'"),
        ("behaviour", "'nestled'", "no behaviour 'nestled'"),
        ("behaviour", "'environment'", "environment lacks a red status"),
        ("status", "'pass'", "lacks a red status"),
        ("status", "'flaky'", "lacks a red status"),
        ("status", "'not-installable'", "lacks a red status"),
        ("reason", "''", "lacks a red status, reason or link"),
        ("link", "''", "lacks a red status, reason or link"),
        ("when", "{ jobblib = '<1' }", "when has 'jobblib', not one of distributed, joblib, python, scikit-learn"),
        ("when", "{ sklearn = '<1' }", "when has 'sklearn'"),
        ("when", "{ joblib = '1.0 and up' }", "joblib = '1.0 and up' is no range of versions"),
        ("when", "{ joblib = 1.0 }", "joblib = 1.0 is no range of versions"),
        ("when", "'joblib<1'", "has no attribute"),
    ],
)
def test_slip_in_the_known_failures_is_told(key: str, value: str | None, told: str, tmp_path: Path) -> None:
    entry = {"behaviour": "'nested'", "status": "'fail'", "reason": "'it cannot'", "link": "'https://example.org'"}
    lines = [f"{name} = {text}" for name, text in {**entry, key: value}.items() if text is not None]
    path = tmp_path / "expected.toml"
    path.write_text("\n".join(["[[failure]]", *lines]), encoding="utf-8")
    with pytest.raises(ValueError, match=told):
        verdict.load_expected(path)


@pytest.mark.parametrize("header", ["[[failures]]", "[[Failure]]", "[failure]", "[[expected]]"])
def test_table_of_another_name_is_told(header: str, tmp_path: Path) -> None:
    path = tmp_path / "expected.toml"
    path.write_text(f"{header}\nbehaviour = 'nested'\nstatus = 'fail'\nreason = 'x'\nlink = 'y'\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"expected\.toml: "):
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


@pytest.mark.usefixtures("nothing_known")
def test_complete_records_are_green(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_edges(tmp_path)
    save(tmp_path, ELSEWHERE)
    assert verdict.main(["--results", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith(" passed, 0 failed")


@pytest.mark.usefixtures("nothing_known")
def test_every_edge_needs_a_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(tmp_path, CELL)
    assert verdict.main(["--results", str(tmp_path)]) == 1
    told = capsys.readouterr().out
    for cell in cells.edges()[1:]:
        assert f"{cell}  (the whole cell)\n    there is no record" in told


@pytest.mark.usefixtures("nothing_known")
def test_every_required_cell_needs_a_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(plan, "plan", lambda: [plan.Planned(ELSEWHERE, "release", "a test")])
    save_edges(tmp_path)
    assert verdict.main(["--results", str(tmp_path), "--level", "boundary"]) == 0
    assert verdict.main(["--results", str(tmp_path), "--level", "boundary", "release"]) == 1
    assert f"{ELSEWHERE}  (the whole cell)\n    there is no record" in capsys.readouterr().out


@pytest.mark.usefixtures("nothing_known")
@pytest.mark.parametrize("name", ["grid_search", "warnings"])  # a core one, and one that need not be there
def test_whatever_is_recorded_is_judged(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_edges(tmp_path)
    save(tmp_path, ELSEWHERE, **{name: {"status": "fail", "reason": "no luck"}})
    assert verdict.main(["--results", str(tmp_path)]) == 1
    assert f"{ELSEWHERE}  {name}\n    fail: no luck" in capsys.readouterr().out


@pytest.mark.usefixtures("nothing_known")
@pytest.mark.parametrize("column", ["seed", "upstream"])
def test_other_columns_of_an_edge_must_be_recorded(
    column: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_edges(tmp_path)
    path = tmp_path / f"py{CELL.python}.jsonl"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    del next(line for line in lines if line["cell"] == CELL.id)["columns"][column]["nested"]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert verdict.main(["--results", str(tmp_path)]) == 1
    told = capsys.readouterr().out
    assert f"{CELL}  (the whole cell)\n    column {column}: there is no record of nested" in told
    assert f"    again: nox -s sweep -- --columns {column} --cells {CELL}" in told


def test_known_failure_that_covers_no_cell_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(verdict, "load_expected", lambda: [known(joblib="<0.1")])
    save(tmp_path, CELL)
    assert verdict.main(["--results", str(tmp_path)]) == 2
    assert "these decide nothing" in capsys.readouterr().err


def test_known_failure_behind_another_one_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict, "load_expected", lambda: [known("fail"), known("hang", joblib=">0")])
    save_edges(tmp_path)
    assert verdict.main(["--results", str(tmp_path)]) == 2


def test_records_that_cannot_be_read_are_not_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("{", "[]", '{"cell": "py3.6"}', f'{{"cell": "{CELL}"}}'):
        (tmp_path / "py3.6.jsonl").write_text(text, encoding="utf-8")
        assert verdict.main(["--results", str(tmp_path)]) == 2
        assert capsys.readouterr().err
