"""Which cells are measured: all releases, all pairs of lines, and the same ones tomorrow."""

from __future__ import annotations

import copy
import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

import cells
import plan
import random_cells
import releases
from cells import Cell
from plan import Planned

OFFLINE = """
import runpy, sys
def refuse(event, _):
    if event in ("socket.connect", "socket.getaddrinfo"):
        raise SystemExit("planning went to the network")
sys.addaudithook(refuse)
sys.argv = ["plan.py", "--list"]
runpy.run_path("plan.py", run_name="__main__")
"""


@pytest.fixture(scope="module")
def planned() -> list[Planned]:
    return plan.plan()


@pytest.fixture
def another_release(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A distributed that came out after everything else."""
    known: dict[str, dict[str, Any]] = copy.deepcopy(releases.load())
    newest = max(known["distributed"], key=Version)
    known["distributed"]["2099.1.0"] = {**known["distributed"][newest], "date": "2099-01-15"}
    caches = [each for each in vars(plan).values() if hasattr(each, "cache_clear")]
    monkeypatch.setattr(releases, "load", lambda: known)
    for each in caches:
        each.cache_clear()
    yield "2099.1.0"
    for each in caches:
        each.cache_clear()


def test_every_release_that_can_be_had_is_in_a_cell(planned: list[Planned]) -> None:
    covered = {(package, version) for each in planned for package, version in each.cell.packages.items()}
    missing = {(release.package, release.version) for release in plan._axes()} - covered
    assert not [each for each in missing if each[0] != "distributed"]
    # those before it can start no worker on a Python at hand (matrix.toml says why)
    assert all(Version(version) < Version("1.20.2") for _, version in missing)


def test_every_pair_of_lines_is_in_a_cell_if_it_can_be_installed(planned: list[Planned]) -> None:
    pairs = [
        frozenset((package, plan.line(package, version)) for package, version in pair)
        for each in planned
        for pair in combinations(each.cell.packages.items(), 2)
    ]
    assert len(set(pairs)) > 1000
    for cell in (cells.from_id(random.id) for random, _ in zip(random_cells.drawn(seed=3), range(300), strict=False)):
        for pair in combinations(cell.packages.items(), 2):
            lines = frozenset((package, plan.line(package, version)) for package, version in pair)
            assert lines in pairs, f"{cell} has a pair of lines that the plan has not"


def test_planning_again_gives_the_same_and_needs_no_network(planned: list[Planned]) -> None:
    command = [sys.executable, "-c", OFFLINE]
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    folder = Path(plan.__file__).parent
    lines = subprocess.check_output(command, cwd=folder, env=environment, text=True).splitlines()
    assert [line.split()[0] for line in lines[:-1]] == [each.cell.id for each in planned]


def test_new_release_changes_only_the_cells_that_it_needs(planned: list[Planned], another_release: str) -> None:
    later = plan.plan()
    added = [each for each in later if each not in planned]
    assert [each for each in later if each in planned] == planned
    assert added
    assert {each.cell.distributed for each in added} == {another_release}


def test_a_pair_of_lines_that_was_measured_in_another_cell_is_not_measured_again(planned: list[Planned]) -> None:
    level = "joblib x distributed"
    whole = plan.choose([level], None, None)
    assert len(whole) > 100
    other = dataclasses.replace(whole[0], sklearn="0.0")
    left = plan.choose([level], None, None, [other])
    assert left == whole[1:]
    of_the_level = {each.cell for each in planned if each.level == level}
    again = plan.choose([level], None, None, whole)
    assert again == [cell for cell in whole if cell in of_the_level], "what has a record may lack a behaviour"


def test_the_cells_of_a_level_cover_all_of_its_pairs(planned: list[Planned]) -> None:
    level = "joblib x distributed"
    beside = [each.cell for each in planned if each.level != level]
    pairs = _pairs([each.cell for each in planned], level)
    assert _pairs(plan.choose([level], None, None), level) == pairs
    assert _pairs([*beside, *plan.choose([level], None, None, beside)], level) == pairs


def _pairs(chosen: Iterable[Cell], level: str) -> set[frozenset[plan.Line]]:
    one, other = level.split(" x ")
    return {
        frozenset((package, plan.line(package, cell.packages[package])) for package in (one, other)) for cell in chosen
    }


def test_random_cells_are_outside_of_the_plan_and_depend_on_the_seed(planned: list[Planned]) -> None:
    first, again, other = (
        [cell for cell, _ in zip(random_cells.drawn(seed), range(20), strict=False)] for seed in (1, 1, 2)
    )
    assert first == again != other
    assert len(set(first)) == 20
    assert not {each.cell for each in planned} & set(first)
