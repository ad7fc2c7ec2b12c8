#!/usr/bin/env python3
"""Check advisories/*.toml and compile them: `python tools/compile_advisories.py [--check]`.

The package reads them on Python 3.6, which has no TOML, so what ships is one JSON file; for people
there is a page for each in docs/advisories/. With --check nothing is written. Exits with 0 (fine),
1 (an advisory is wrong, or a file is stale) or 2 (wrong use).
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "matrix"))
import advisory_pages  # noqa: E402

import catalog  # noqa: E402
import cells  # noqa: E402
import records  # noqa: E402
import releases  # noqa: E402
from cells import Cell  # noqa: E402
from measure import GOOD  # noqa: E402
from records import OURS, Records  # noqa: E402

FOLDER = ROOT / "advisories"
TARGET = ROOT / "src" / "joblib_dask_compat" / "data" / "advisories.json"
PAGES = ROOT / "docs" / "advisories"
COMMAND = "python tools/compile_advisories.py"

SEVERITIES = ("security", "hang", "silent-local", "wrong-results", "blocks", "degraded")
ROUTES = ("upstream", "any")
# As `when` and joblib_dask_compat.versions.Installed name them, and as `remedy` and package indexes do.
AXES = {"joblib": "joblib", "sklearn": "scikit-learn", "distributed": "distributed"}
COMPANIONS = ("dask", "numpy", "cloudpickle", "tornado", "msgpack", "click", "tblib", "setuptools")
PACKAGES = {**AXES, **{name: name for name in COMPANIONS}}
ID = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")
LONGEST_ID = 28  # a column of `doctor` and `explain`
LONGEST_SUMMARY = 100
LINES_OF_DETAILS = range(2, 7)
UPSTREAM = "upstream"  # the route, and the column of the matrix
OUTSIDE = advisory_pages.OUTSIDE
# In this order they are written. `evidence`, the cells in which the fault was seen, may be missing.
KEYS: dict[str, type] = {
    "id": str,
    "aliases": list,
    "summary": str,
    "severity": str,
    "route": str,
    "when": list,
    "mended_by": str,
    "remedy": dict,
    "references": list,
    "evidence": list,
    "details": str,
}
OPTIONAL = {"evidence": []}

Advisory = dict[str, Any]
Ranges = Mapping[str, str]


@dataclass
class Finding:
    """Something wrong with an advisory."""

    path: Path
    what: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}: {self.what}"


@cache
def versions_of(package: str) -> tuple[str, ...]:
    """Every release of a package, every minor version of Python that is supported, what cells have of a companion."""
    if package in COMPANIONS:
        return tuple({pins[package] for _, pins in working() if package in pins})
    if package != "python":
        return tuple(releases.load()[PACKAGES.get(package, package)])
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return tuple(re.findall(r'"Programming Language :: Python :: (3\.\d+)"', text))


@cache
def recorded() -> Records:
    """What was measured, by the cell's id."""
    return records.load(records.RESULTS)


@cache
def working() -> list[tuple[Cell, dict[str, str]]]:
    """The cells in which all that was measured of this package works, and what was installed there."""
    return [
        (cells.from_id(cell_id), dict(pin.split("==") for pin in record["freeze"]))
        for cell_id, record in recorded().items()
        if "error" not in record and all(each["status"] in GOOD for each in record["columns"].get(OURS, {}).values())
    ]


def lies_in(version: str | None, allowed: str) -> bool:
    """As joblib_dask_compat.advisories has it; None, the package is missing."""
    if allowed.startswith(OUTSIDE):
        return not lies_in(version, allowed.removeprefix(OUTSIDE))
    return version is not None and SpecifierSet(allowed).contains(Version(version).base_version)


def some_release(package: str, *ranges: str) -> bool:
    """Whether a release, or for a companion its absence, lies in all of some ranges."""
    missing = [None] if package in COMPANIONS else []
    return any(all(lies_in(version, each) for each in ranges) for version in [*missing, *versions_of(package)])


def wrong_ranges(
    what: str, ranges: Any, packages: Iterable[str], may_be_missing: Collection[str] = ()
) -> Iterator[str]:
    """What is wrong with a table of ranges by package."""
    if not isinstance(ranges, dict):
        yield f"{what} is no table of ranges: {ranges!r}"
        return
    for package, specifiers in ranges.items():
        if package not in packages:
            yield f"{what}: unknown package {package!r}; there are {', '.join(packages)}"
            continue
        try:
            inside = SpecifierSet(specifiers.removeprefix(OUTSIDE if package in may_be_missing else ""))
            matched = some_release(package, str(inside))
        except (InvalidSpecifier, TypeError, AttributeError):
            yield f"{what}: {package} = {specifiers!r} is no PEP 440 range"
            continue
        if not matched:
            yield f"{what}: no release of {package} lies in {specifiers!r}"


def wrong_shape(advisory: Advisory) -> Iterator[str]:
    """Keys and types; the other checks rely on them."""
    for key, kind in KEYS.items():
        if key not in advisory:
            yield f"key {key!r} is missing"
        elif not isinstance(advisory[key], kind):
            yield f"{key} must be a {kind.__name__}, is {advisory[key]!r}"
    for key in advisory.keys() - KEYS.keys():
        yield f"unknown key {key!r}; there are {', '.join(KEYS)}"
    for key in ("aliases", "references", "evidence"):
        if not all(isinstance(each, str) for each in advisory.get(key, ())):
            yield f"{key} must be a list of strings"


def wrong_text(path: Path, advisory: Advisory) -> Iterator[str]:
    if advisory["id"] != path.stem:
        yield f"id is {advisory['id']!r}, the file's name says {path.stem!r}"
    if not ID.fullmatch(advisory["id"]) or len(advisory["id"]) > LONGEST_ID:
        yield f"id must be at most {LONGEST_ID} small letters, digits, dashes and dots"
    summary = advisory["summary"]
    if not summary or summary != summary.strip() or "\n" in summary or len(summary) > LONGEST_SUMMARY:
        yield f"summary must be one line of at most {LONGEST_SUMMARY} characters"
    if summary.endswith("."):
        yield "summary must not end with a full stop"
    lines = advisory["details"].strip().splitlines()
    if len(lines) not in LINES_OF_DETAILS or not all(line.strip() for line in lines):
        yield f"details must have {LINES_OF_DETAILS[0]} to {LINES_OF_DETAILS[-1]} lines, none of them blank"
    for key, allowed in (("severity", SEVERITIES), ("route", ROUTES)):
        if advisory[key] not in allowed:
            yield f"{key} is {advisory[key]!r}; there are {', '.join(allowed)}"
    known = catalog.behaviours()
    if advisory["mended_by"] and advisory["mended_by"] not in known:
        yield f"mended_by: no behaviour {advisory['mended_by']!r} in matrix/behaviours; there are {', '.join(known)}"
    if not advisory["references"]:
        yield "references must name at least one link"
    for link in advisory["references"]:
        if not re.fullmatch(r"https://[^\s/]+/\S+", link):
            yield f"references: {link!r} is no https link"


def wrong_versions(advisory: Advisory) -> Iterator[str]:
    when, remedy = advisory["when"], advisory["remedy"]
    if not when:
        yield "when must have at least one table"
    found = [*wrong_ranges("remedy", remedy, PACKAGES.values())]
    for table in when:
        found += wrong_ranges("when", table, [*PACKAGES, "python"], may_be_missing=COMPANIONS)
        if table == {}:
            found.append("when: an empty table holds everywhere")
    yield from found
    if found:
        return
    for table in when if remedy else ():
        left = {name: [own, *filter(None, [remedy.get(PACKAGES.get(name, name))])] for name, own in table.items()}
        if all(some_release(name, *ranges) for name, ranges in left.items()):
            yield f"remedy {remedy} leaves the advisory true: {table}"
    if not any(all(lies_in(pins.get(name, "0"), own) for name, own in remedy.items()) for _, pins in working()):
        yield f"remedy {remedy}: no cell with these versions works"
    for cell_id in advisory["evidence"]:
        yield from [*wrong_cell(cell_id, when)] or [*wrong_record(cell_id, advisory)]


def wrong_record(cell_id: str, advisory: Advisory) -> Iterator[str]:
    """What a cell's record does not bear out: that it is there, and that upstream fails where we do not."""
    record = recorded().get(cell_id, {})
    if "columns" not in record:
        yield f"evidence: there is no record of {cell_id}"
    elif advisory["route"] == UPSTREAM:
        outcome = record["columns"].get(UPSTREAM, {}).get(advisory["mended_by"])
        if outcome and outcome["status"] in GOOD:
            yield f"evidence: {advisory['mended_by']} does not fail in the column {UPSTREAM} of {cell_id}"


def wrong_cell(cell_id: str, when: list[Ranges]) -> Iterator[str]:
    """Why an advisory cannot hold in a cell."""
    try:
        cell = cells.from_id(cell_id)
    except ValueError as exc:
        yield f"evidence: {exc}"
        return
    versions = {"python": cell.python, **{name: getattr(cell, name) for name in AXES}}
    for package, version in versions.items():
        if version not in versions_of(package):
            yield f"evidence: {cell_id}: there is no {package} {version}"
            return
    if lies_in(cell.sklearn, "<0.21"):
        del versions["joblib"]  # the copy concerned may be the one inside scikit-learn
    holds = [all(lies_in(versions[name], own) for name, own in table.items() if name in versions) for table in when]
    if not any(holds):
        yield f"evidence: the advisory does not hold in {cell_id}"


def read() -> tuple[list[Advisory], list[Finding]]:
    """All advisories, by id, and what is wrong with them."""
    advisories: list[Advisory] = []
    findings: list[Finding] = []
    owners: dict[str, Path] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        try:
            advisory = {**OPTIONAL, **tomllib.loads(path.read_text(encoding="utf-8"))}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
            findings.append(Finding(path, f"no TOML: {exc}"))
            continue
        wrong = [*wrong_shape(advisory)] or [*wrong_text(path, advisory), *wrong_versions(advisory)]
        findings += [Finding(path, what) for what in wrong]
        if wrong:
            continue
        for name in (advisory["id"], *advisory["aliases"]):
            # explain ID takes either, in any case; an advisory may be an alias of itself in capitals
            owner = owners.setdefault(name.lower(), path)
            if owner != path:
                findings.append(Finding(path, f"{name!r} is taken by {owner.name}"))
        if len(set(advisory["aliases"])) != len(advisory["aliases"]):
            findings.append(Finding(path, "aliases: one is there twice"))
        advisory["details"] = " ".join(advisory["details"].split())
        advisories.append({key: advisory[key] for key in KEYS})
    if not advisories and not findings:
        findings.append(Finding(FOLDER, "there are no advisories: have they moved?"))
    return sorted(advisories, key=lambda each: each["id"]), findings


def render(advisories: list[Advisory]) -> str:
    head = {"generated": f"by `{COMMAND}` from advisories/*.toml; do not edit"}
    return json.dumps({**head, "advisories": advisories}, indent=1) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description="Check advisories/*.toml and compile them into the package.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the compiled file is stale")
    arguments = parser.parse_args()
    advisories, findings = read()
    for finding in findings:
        print(finding, file=sys.stderr)
    if findings:
        return 1
    files = {TARGET: render(advisories)}
    files |= {PAGES / name: text for name, text in advisory_pages.render(advisories, COMMAND).items()}
    surplus = sorted(set(PAGES.glob("*")) - set(files))
    if arguments.check:
        stale = [path for path, text in files.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
        for path in (*stale, *surplus):
            print(f"{path.relative_to(ROOT)} is stale or missing: run `{COMMAND}`", file=sys.stderr)
        if stale or surplus:
            return 1
        print(f"{len(files)} files of {len(advisories)} advisories are up to date")
        return 0
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    for path in surplus:
        path.unlink()
    print(f"wrote {len(files)} files of {len(advisories)} advisories")
    return 0


if __name__ == "__main__":
    sys.exit(main())
