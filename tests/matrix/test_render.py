"""What is made of the records: the same bytes every time, and nothing that the records do not say."""

from __future__ import annotations

import html.parser
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import catalog
import cells
import records
import render
from rendering import markdown, results

NEWEST = "py3.13-joblib1.6.0-sklearn1.9.1-distributed2026.8.0"
OLDER = "py3.13-joblib1.5.3-sklearn1.7.2-distributed2025.12.0"
OLD = "py3.8-joblib1.0.1-sklearn1.0.2-distributed2021.6.2"
GONE = "py3.6-joblib0.11-sklearn0.20.4-distributed1.24.0"
PASS = {"status": "pass", "seconds": 1.0}
HANG = {"status": "hang", "reason": "no end within 45 s"}
FAIL = {"status": "fail", "exception": "KeyError", "reason": "a | b\nand `c`"}


def save(folder: Path, cell_id: str, date: str = "2026-11-22", **columns: dict[str, Any] | None) -> None:
    """A record in which all passes but what is given; a column that is None was not measured."""
    cell = cells.from_id(cell_id)
    versions = {"python": cell.python, **cell.packages, "dask": cell.distributed}
    outcomes = {
        column: {**{each.name: PASS for each in catalog.select("core")}, **red}
        for column, red in {"compat": {}, "upstream": {}, **columns}.items()
        if red is not None
    }
    pins = [f"{package}=={version}" for package, version in versions.items() if package != "python"]
    told = {
        "requested": versions,
        "resolved": versions,
        "freeze": [*pins, "toolz==1.0"],
        "interpreter": "",
        "routes": {},
    }
    records.save(folder, cell, {**told, "cell": cell_id, "date": date, "wheel": "1", "columns": outcomes})


def save_error(folder: Path, cell_id: str, error: str) -> None:
    cell = cells.from_id(cell_id)
    versions = {"python": cell.python, **cell.packages}
    told = {"requested": versions, "resolved": None, "date": "2026-11-22", "wheel": "1", "columns": {}}
    records.save(folder, cell, {**told, "cell": cell_id, "error": f"{cell_id}: {error}"})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A few records, of each state; of none is a failure known."""
    monkeypatch.setattr("verdict.load_expected", list)
    folder = tmp_path / "results"
    save(folder, NEWEST, upstream={"killed_worker": HANG, "clean": FAIL})
    save(folder, OLDER, upstream=None)
    save(folder, OLD, date="2026-11-20", compat={"nested": FAIL}, upstream={"grid_search": FAIL})
    save_error(folder, GONE, "No solution found: msgpack | has no wheel")
    return folder


def run(folder: Path, root: Path, *options: str) -> int:
    return render.main(["--results", str(folder), "--root", str(root), *options])


# ---- the files ------------------------------------------------------------------------------------------------


def test_what_was_just_written_is_up_to_date(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, tmp_path) == 0
    assert run(folder, tmp_path, "--check") == 0
    count = len(render.GENERATED)
    assert f"{count} of {count} generated files are up to date" in capsys.readouterr().out


def empty(path: Path) -> None:
    path.write_text("", encoding="utf-8")


def blank(path: Path) -> None:
    path.write_text("\n", encoding="utf-8")


def edit(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace("1.6.0", "1.6.1", 1), encoding="utf-8")


def lengthen(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")


def change_line_ends(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


@pytest.mark.parametrize("damage", [Path.unlink, empty, blank, edit, lengthen, change_line_ends])
@pytest.mark.parametrize("name", render.GENERATED)
def test_damaged_file_is_found(
    name: str, damage: Any, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(folder, tmp_path)
    damage(tmp_path / name)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert run(folder, tmp_path, "--check") == 1
    told = capsys.readouterr().err
    assert re.search(rf"^{re.escape(name)} is (missing|empty|stale or was edited).*: run `nox -s render`$", told, re.M)
    assert len(told.splitlines()) == 1
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", render.GENERATED)
def test_new_outcome_makes_every_file_stale(
    name: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(folder, tmp_path)
    save(folder, NEWEST, compat={"clean": FAIL})
    assert run(folder, tmp_path, "--check") == 1
    assert f"{name} is stale" in capsys.readouterr().err


@pytest.mark.parametrize("name", render.GENERATED)
def test_first_line_says_that_the_file_is_generated_and_by_what(name: str, folder: Path, tmp_path: Path) -> None:
    run(folder, tmp_path)
    first = (tmp_path / name).read_text(encoding="utf-8").splitlines()[0]
    assert "generated" in first.lower()
    assert "nox -s render" in first


def test_committed_files_name_what_makes_them(root: Path) -> None:
    """Whether they are stale, `nox -s render -- --check` says; a sweep may be writing records right now."""
    for name in render.GENERATED:
        assert "nox -s render" in (root / name).read_text(encoding="utf-8").splitlines()[0]


def test_rendering_again_gives_the_same_bytes(folder: Path, tmp_path: Path, root: Path) -> None:
    made = []
    for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo")):
        target = tmp_path / seed
        command = [sys.executable, str(root / "matrix" / "render.py"), "--results", str(folder), "--root", str(target)]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"}
        subprocess.run(command, check=True, env=environment, capture_output=True)
        made.append({name: (target / name).read_bytes() for name in render.GENERATED})
    assert made[0] == made[1]


def test_order_of_the_lines_does_not_matter(folder: Path, tmp_path: Path) -> None:
    texts = {name: make(folder) for name, make in render.GENERATED.items()}
    path = folder / "py3.13.jsonl"
    path.write_text("\n".join(reversed(path.read_text(encoding="utf-8").splitlines())) + "\n", encoding="utf-8")
    assert {name: make(folder) for name, make in render.GENERATED.items()} == texts


@pytest.mark.parametrize("name", render.GENERATED)
def test_nothing_of_this_machine_or_day_is_in_a_file(name: str, folder: Path) -> None:
    text = render.GENERATED[name](folder)
    assert set(re.findall(r"\b202\d-\d\d-\d\d\b", text)) - set(_release_dates()) <= {"2026-11-20", "2026-11-22"}
    for private in (str(Path.home()), str(folder), str(Path(__file__).resolve().parents[2])):
        assert private not in text


def _release_dates() -> list[str]:
    import releases

    return [release["date"] for package in releases.load().values() for release in package.values()]


@pytest.mark.parametrize("broken", ["nothing", "no folder", "no JSON", "a status that is not known"])
def test_records_that_cannot_be_read_leave_the_files_alone(
    broken: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "checkout"
    run(folder, root)
    before = {name: (root / name).read_bytes() for name in render.GENERATED}
    if broken == "no JSON":
        (folder / "py3.13.jsonl").write_text("{", encoding="utf-8")
    elif broken == "a status that is not known":
        save(folder, NEWEST, compat={"clean": {"status": "skipped"}})
    else:
        shutil.rmtree(folder)
        if broken == "nothing":
            folder.mkdir()
    for options in ([], ["--check"]):
        assert run(folder, root, *options) == 2
        assert capsys.readouterr().err
    assert {name: (root / name).read_bytes() for name in render.GENERATED} == before


# ---- compat_matrix.md -----------------------------------------------------------------------------------------


def tables(text: str) -> list[list[list[str]]]:
    """The cells of every table."""
    found: list[list[list[str]]] = [[]]
    for line in text.splitlines():
        if line.startswith("|"):
            found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
        elif found[-1]:
            found.append([])
    return [table for table in found if table]


def table(text: str, *head: str) -> list[list[str]]:
    """The rows of the table whose head begins so."""
    (found,) = (rows for rows in tables(text) if rows[0][: len(head)] == list(head))
    return found[2:]


def test_tables_are_rectangular(folder: Path) -> None:
    for text in (markdown.render(folder), markdown.render()):
        for rows in tables(text):
            assert len({len(row) for row in rows}) == 1, rows[0]
            assert set("".join(rows[1])) <= set("-: ")


def test_counts(folder: Path) -> None:
    assert table(markdown.render(folder), "number of cells") == [
        ["this package", "2", "1", "0", "1", "0"],
        ["upstream's backend", "0", "1", "1", "1", "1"],
        ["the published snippet", "0", "0", "0", "1", "3"],
    ]


def test_grids_have_every_line_and_era(folder: Path) -> None:
    text = markdown.render(folder)
    by_sklearn = {row[0]: row[1:] for row in table(text, "scikit-learn")}
    by_joblib = {row[0]: row[1:] for row in table(text, "joblib", "1.20-1.23")}
    assert by_sklearn["**1.0**"] == [
        *["-"] * 4,
        "**partial**<br>1.0<br><sub>upstream: fail</sub>",
        *["-"] * 5,
    ]
    assert by_joblib["**0.11**"][1] == "not installable"
    assert by_joblib["**1.6**"][-1] == "**pass**<br>1.9<br><sub>upstream: partial</sub>"
    assert by_joblib["**1.5**"][-2] == "**pass**<br>1.7<br><sub>upstream: untested</sub>"
    assert len(by_sklearn) >= 17
    assert len(by_joblib) >= 14


def test_square_with_records_that_differ(folder: Path) -> None:
    save(folder, "py3.13-joblib1.5.3-sklearn1.7.2-distributed2026.1.1", compat={"nested": FAIL})
    save(folder, "py3.13-joblib1.5.2-sklearn1.8.0-distributed2026.1.1", upstream={"nested": FAIL})
    save_error(folder, "py3.13-joblib1.5.1-sklearn1.8.0-distributed2026.1.1", "no")
    by_joblib = {row[0]: row[1:] for row in table(markdown.render(folder), "joblib", "1.20-1.23")}
    assert by_joblib["**1.5**"][-1] == "**1 of 2 pass**<br>1.7\u20111.8<br><sub>upstream: pass/partial</sub>"


def test_promises_that_upstream_fails_come_first_with_the_reason_and_the_fault(folder: Path) -> None:
    rows = table(markdown.render(folder), "promise")
    by_name = {row[0].partition("]")[0][1:]: row[1:] for row in rows}
    assert by_name["killed_worker"] == ["1 of 2", "3 of 3", "hangs in 1", by_name["killed_worker"][-1]]
    assert "[worker-death-hangs](advisories/worker-death-hangs.toml)" in by_name["killed_worker"][-1]
    assert by_name["clean"][2] == "`KeyError: a ¦ b and 'c'`"
    assert by_name["nested"][:2] == ["2 of 2", "2 of 3"]
    assert by_name["warnings"][:2] == ["0 of 0", "0 of 0"]  # not measured
    order = [name for name in by_name if name in ("killed_worker", "clean", "nested")]
    assert order[-1] == "nested"
    assert set(by_name) == set(catalog.behaviours())


def test_links_lead_to_files(folder: Path, root: Path) -> None:
    links = set(re.findall(r"\]\(([^)#:]+)\)", markdown.render(folder)))
    assert len(links) > 20
    assert [link for link in links if not (root / link).exists()] == []


def test_recommended_pins_pass_and_are_the_newest(folder: Path) -> None:
    text = markdown.render(folder)
    (row,) = table(text, "Python", "joblib")  # neither what is partial nor what cannot be installed
    assert row == ["3.13", "1.6.0", "1.9.1", "2026.8.0", "2026.8.0", "2026-11-22", "none known"]
    pins = "joblib==1.6.0\nscikit-learn==1.9.1\ndask==2026.8.0\ndistributed==2026.8.0\ntoolz==1.0\n"
    assert f"```\n{pins}```" in text


def test_pins_with_security_faults_say_so(folder: Path) -> None:
    save(folder, OLD)
    rows = {row[0]: row for row in table(markdown.render(folder), "Python", "joblib")}
    assert "[CVE-2021-42343](advisories/cve-2021-42343.toml)" in rows["3.8"][-1]


def test_every_record_is_listed_under_its_python(folder: Path) -> None:
    text = markdown.render(folder)
    listed = [row for rows in tables(text) if rows[0][-2:] == ["not kept by upstream", "measured"] for row in rows[2:]]
    assert listed == [
        ["1.6.0", "1.9.1", "2026.8.0", "pass", "partial", "clean, killed_worker (hangs)", "2026-11-22"],
        ["1.5.3", "1.7.2", "2025.12.0", "pass", "untested", "-", "2026-11-22"],
        ["1.0.1", "1.0.2", "2021.6.2", "partial", "fail", "grid_search", "2026-11-20"],
        [
            *["0.11", "0.20.4", "1.24.0", "not installable", "not installable"],
            *["`No solution found: msgpack ¦ has no wheel`", "2026-11-22"],
        ],
    ]
    assert re.findall(r"<summary>Python (\S+): (\d) combinations?</summary>", text) == [
        ("3.13", "2"),
        ("3.8", "1"),
        ("3.6", "1"),
    ]
    assert text.count("<details>") == text.count("</details>")


def test_known_failures_are_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import verdict

    known = verdict.Expected("nested", "fail", "it cannot", "https://example.org/1", {"joblib": "==1.0.1"})
    assert "Known failures" not in markdown.render(folder)
    monkeypatch.setattr(verdict, "load_expected", lambda: [known])
    assert table(markdown.render(folder), "promise", "cells") == [
        ["nested (fail)", "1", "it cannot ([more](https://example.org/1))"]
    ]


# ---- the page, as far as it can be seen without a browser (tests/site has one) --------------------------------


class Seen(html.parser.HTMLParser):
    """The ids, the rows of the large table, what is loaded, and the embedded data."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.loads: list[str] = []
        self.opened: Counter[str] = Counter()
        self.data = ""
        self._in_data = False
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self.opened[tag] += tag not in ("meta", "link", "input")
        self.ids += [given["id"]] if given.get("id") else []
        self.loads += [given["src"]] if given.get("src") else []
        self.loads += [given["href"]] if tag == "link" and given.get("href") else []
        self._in_data = given.get("id") == "data"

    def handle_endtag(self, tag: str) -> None:
        self.opened[tag] -= 1
        self._in_data = False

    def handle_data(self, data: str) -> None:
        self.data += data if self._in_data else ""


def page(folder: Path) -> str:
    return render.GENERATED["docs/site/index.html"](folder)


def test_page_is_one_file_and_well_formed(folder: Path) -> None:
    seen = Seen(page(folder))
    assert seen.loads == ["data:,"]
    assert len(seen.ids) == len(set(seen.ids))
    assert set(seen.opened.values()) == {0}
    assert re.search(r"@import|url\(", page(folder)) is None


def test_page_has_a_row_and_data_for_each_record(folder: Path) -> None:
    seen = Seen(page(folder))
    assert [each for each in seen.ids if each.startswith("py3")] == [NEWEST, OLDER, OLD, GONE]
    assert len(json.loads(seen.data)["records"]) == 4


def test_text_from_a_record_cannot_break_the_page(folder: Path) -> None:
    evil = "</script><script>alert(1)</script><!-- <b>"
    save(folder, NEWEST, upstream={"clean": {"status": "fail", "reason": evil}})
    save_error(folder, GONE, evil)
    seen = Seen(page(folder))
    assert seen.opened["script"] == seen.opened["b"] == 0
    assert json.loads(seen.data)["reasons"].count(evil) == 1
    assert page(folder).count("<script") == 3


def test_newest_comes_first(folder: Path) -> None:
    assert [result.cell.id for result in results.load(folder)] == [NEWEST, OLDER, OLD, GONE]
