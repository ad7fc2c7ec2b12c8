"""The targets of `nox -s fuzz`: each takes its seeds, and each raises where what it tests is broken."""

import runpy
from pathlib import Path

import pytest

from joblib_dask_compat.errors import DamagedDataError

TARGETS = runpy.run_path(str(Path(__file__).parents[2] / "fuzz" / "targets.py"))["TARGETS"]
RUN = runpy.run_path(str(Path(__file__).parents[2] / "fuzz" / "run.py"))


class PlantedError(Exception):
    """Not one that anything expects."""


def broken(*args, **options):
    raise PlantedError


def test_every_target_is_run():
    assert set(RUN["NAMES"]) == set(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_are_taken_and_a_fault_is_found(name, monkeypatch):
    target = TARGETS[name]
    seeds = [seed for seed in target.seeds() if len(seed) <= target.longest]
    assert seeds
    for seed in seeds[:5]:
        target.check(seed)
    holder, attribute = target.guards
    monkeypatch.setattr(holder, attribute, broken)
    with pytest.raises((PlantedError, AssertionError, DamagedDataError)):
        target.check(seeds[0])
