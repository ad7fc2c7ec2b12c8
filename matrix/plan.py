"""Plan which cells are measured: `python matrix/plan.py [--list]`.

Every release is in a cell, and so is every pair of lines that can be installed together: joblib with scikit-learn,
joblib with distributed, scikit-learn with distributed. A line is a minor version; of distributed's calendar releases,
a quarter.

Releases are taken in the order in which they came out, and each is combined with what there was on that day. So the
same files give the same plan, and a new release adds its cells and moves no other: what came before it was planned
without it.
"""

from __future__ import annotations

import argparse
import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product

from packaging.specifiers import SpecifierSet
from packaging.version import Version

import cells
import releases
from cells import Cell

AXES = ("joblib", "scikit-learn", "distributed")
#: Cells of these levels are measured for themselves, whatever else they cover.
ALWAYS = ("edge", "boundary")
#: What a cell can be planned for, the most important first.
LEVELS = (*ALWAYS, "release", *(" x ".join(pair) for pair in combinations(AXES, 2)))

Line = tuple[str, str]  # a package, and its line


@dataclass(frozen=True)
class Planned:
    """A cell, and what it was planned for."""

    cell: Cell
    level: str
    why: str


@dataclass(frozen=True)
class Release:
    """A point on one of the axes."""

    package: str
    version: str

    @property
    def date(self) -> datetime.date:
        return releases.release_date(self.package, self.version)

    @property
    def line(self) -> Line:
        return self.package, line(self.package, self.version)


Target = Release | frozenset[Line]  # what a cell covers: a release, or a pair of lines


def line(package: str, version: str) -> str:
    """The line that a version belongs to: "1.4", or "2025 Q2"."""
    parts = Version(version)
    if package == "distributed" and parts.major >= 2000:
        return f"{parts.major} Q{(parts.minor + 2) // 3}"
    return f"{parts.major}.{parts.minor}"


def plan() -> list[Planned]:
    """The cells to measure, the most important first."""
    planning = _Planning()
    for level, given in ((LEVELS[0], cells.edges()), (LEVELS[1], cells.boundaries())):
        for cell in given:
            planning.add(Planned(cell, level, "in matrix.toml"))
    for release in _axes():
        planning.take_in(release)
    return sorted(planning.cells.values(), key=lambda planned: LEVELS.index(planned.level))


def choose(
    levels: Sequence[str], python: str | None, since: datetime.date | None, measured: Iterable[Cell] = ()
) -> list[Cell]:
    """A slice of the plan: what these levels ask for (all, if none is named), on one Python, with a release since then.

    Level by level, and so that a cell has as much as possible in common with the one before it. A cell that was planned
    for another level comes in where nothing else covers what it covers, and one of these levels is left out where
    measured cells do, whatever these were measured for.
    """
    chosen = [
        each
        for each in sorted(plan(), key=_place)
        if python in (None, each.cell.python)
        and (since is None or any(releases.release_date(*package) >= since for package in each.cell.packages.items()))
    ]
    return list(_needed(chosen, levels or LEVELS, set(measured)))


def pythons(joblib: str, sklearn: str, distributed: str) -> list[str]:
    """The Pythons on which these can be installed together and have a chance to run."""
    if joblib not in _required("scikit-learn", sklearn, "joblib"):
        return []
    allowed = set(_wheels(sklearn)) & _pythons_of("joblib", joblib) & _pythons_of("distributed", distributed)
    return [
        python
        for python in cells.pythons()
        if python in allowed and cells.excluded(Cell(python, joblib, sklearn, distributed)) is None
    ]


def _needed(chosen: Iterable[Planned], levels: Sequence[str], measured: set[Cell]) -> Iterator[Cell]:
    """Those that cover something of these levels which nothing covers yet, and those that were measured for them."""
    covered = set().union(*map(_targets, measured))
    ordered = sorted(chosen, key=lambda each: each.level not in levels)
    for each in ordered:
        news = {target for target in _targets(each.cell) - covered if _level(target) in levels}
        if news or (each.level in levels and (each.level in ALWAYS or each.cell in measured)):
            covered |= news
            yield each.cell


def _place(planned: Planned) -> tuple[int, int, list[Version]]:
    cell = planned.cell
    versions = [cell.sklearn, cell.distributed, cell.joblib]  # what brings most with it first
    return LEVELS.index(planned.level), cells.pythons().index(cell.python), list(map(Version, versions))


class _Planning:
    """The cells so far, and what they cover."""

    def __init__(self) -> None:
        self.cells: dict[Cell, Planned] = {}
        self._covered: set[Target] = set()
        self._known: dict[str, dict[str, list[Release]]] = {axis: defaultdict(list) for axis in AXES}
        self._used = Counter(dict.fromkeys(cells.pythons(), 0))
        self._alone: list[Release] = []

    def add(self, planned: Planned) -> None:
        if planned.cell not in self.cells:
            self.cells[planned.cell] = planned
            self._used[planned.cell.python] += 1
            self._covered.update(_targets(planned.cell))

    def take_in(self, release: Release) -> None:
        """Add the cells that a release needs, with what came out before it."""
        package, own = release.line
        self._known[package][own].append(release)
        for level, other, theirs in self._lines_beside(package):
            if frozenset({release.line, (other, theirs)}) not in self._covered:
                for partner in reversed(self._known[other][theirs]):
                    if cell := self._best({package: [release], other: [partner]}):
                        self.add(Planned(cell, level, f"{package} {own} with {other} {theirs}"))
                        break
        self._alone.append(release)
        for each in self._alone:  # some came out before anything that they can be combined with
            if each not in self._covered and (cell := self._best({each.package: [each]})):
                self.add(Planned(cell, "release", f"{each.package} {each.version}"))
        self._alone = [each for each in self._alone if each not in self._covered]

    def _lines_beside(self, package: str) -> Iterator[tuple[str, str, str]]:
        for other in AXES:
            if other != package:
                yield from ((_pair(package, other), other, theirs) for theirs in self._known[other])

    def _best(self, chosen: dict[str, list[Release]]) -> Cell | None:
        """The cell with these releases that covers most of what is not covered yet, of releases of one time."""
        axes = [chosen.get(axis) or [known[-1] for known in self._known[axis].values()] for axis in AXES]
        candidates = [(self._cell(combination), combination) for combination in product(*axes)]
        found = [(cell, combination) for cell, combination in candidates if cell is not None]
        if not found:
            return None
        return max(found, key=lambda each: (len(_targets(each[0]) - self._covered), -_spread(each[1])))[0]

    def _cell(self, combination: Sequence[Release]) -> Cell | None:
        """The combination on the Python that has the fewest cells so far."""
        versions = [release.version for release in combination]
        allowed = pythons(*versions)
        return Cell(min(allowed, key=lambda python: self._used[python]), *versions) if allowed else None


def _targets(cell: Cell) -> set[Target]:
    chosen = [Release(package, version) for package, version in cell.packages.items()]
    return {*chosen, *(frozenset({one.line, other.line}) for one, other in combinations(chosen, 2))}


def _level(target: Target) -> str:
    if isinstance(target, Release):
        return "release"
    return _pair(*(package for package, _ in target))


def _pair(*packages: str) -> str:
    return " x ".join(axis for axis in AXES if axis in packages)


def _spread(combination: Sequence[Release]) -> int:
    dates = [release.date for release in combination]
    return (max(dates) - min(dates)).days


@cache
def _axes() -> list[Release]:
    """The releases of all axes, in the order in which they came out."""
    found = [Release(package, version) for package in AXES for version in releases_of(package)]
    return sorted(found, key=lambda release: (release.date, release.package, Version(release.version)))


@cache
def releases_of(package: str) -> list[str]:
    """The releases of a package that cells are planned for, the oldest version first."""
    oldest = Version(cells.oldest(package))
    kept = [version for version, entry in releases.load()[package].items() if not entry.get("yanked")]
    return sorted((version for version in kept if Version(version) >= oldest), key=Version)


@cache
def _wheels(sklearn: str) -> list[str]:
    tags = releases.load()["scikit-learn"][sklearn]["wheels"]
    return [f"{tag[2]}.{tag[3:]}" for tag in tags]


@cache
def _pythons_of(package: str, version: str) -> set[str]:
    allowed = SpecifierSet(releases.load()[package][version]["requires_python"] or "")
    return {python for python in cells.pythons() if python in allowed}


@cache
def _required(package: str, version: str, other: str) -> SpecifierSet:
    return SpecifierSet(releases.load()[package][version].get("requires", {}).get(other, ""))


def main() -> None:
    parser = argparse.ArgumentParser(description="Plan which cells are measured.")
    parser.add_argument("--list", action="store_true", help="print each cell, and what it is for")
    planned = plan()
    if parser.parse_args().list:
        for each in planned:
            print(f"{each.cell.id:75} {each.level}: {each.why}")
    counts = Counter(each.level for each in planned)
    print(f"{len(planned)} cells: " + ", ".join(f"{counts[level]} {level}" for level in LEVELS))


if __name__ == "__main__":
    main()
