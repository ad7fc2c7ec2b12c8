"""Pins: which record they come from, and which wish is in the way."""

import pytest
from packaging.requirements import Requirement

from joblib_dask_compat.support import pins
from joblib_dask_compat.support.pins import Wish, advisory_wish, package_wish, python_wish

ROWS = (
    "3.8 1.0.1 1.0.2 2021.6.2 works 0 1",
    "3.8 1.2.0 1.0.2 2022.2.0 works 2 3",
    "3.8 1.3.2 1.0.2 2023.3.0 fails 0 1",
    "3.9 1.2.0 1.5.2 2023.9.3 works 2 3",
)


@pytest.fixture
def support(support_of):
    return support_of(*ROWS, pins=["numpy==1.24.2"])


def keep(text):
    return package_wish(Requirement(text))


def found(support, *wishes):
    return [each.combination.distributed for each in pins.granting(support, wishes)]


def test_only_what_works_is_pinned(support):
    assert found(support, python_wish("3.8")) == ["2021.6.2", "2022.2.0"]


def test_wishes_are_about_any_package_and_its_ranges(support):
    assert found(support, keep("numpy==1.20.3")) == ["2021.6.2"]
    assert found(support, keep("numpy>=1.24")) == ["2022.2.0", "2023.9.3"]
    assert found(support, keep("Tornado")) == ["2022.2.0", "2023.9.3"]
    assert found(support, keep("numpy>=1.24"), python_wish("3.9")) == ["2023.9.3"]


@pytest.fixture
def faults(monkeypatch):
    """Have three advisories: a security one of joblib, one that needs a companion, and one that is mended."""
    told = {"summary": "what", "route": "any", "mended_by": "", "remedy": {}}
    found = (
        {**told, "id": "old-joblib", "severity": "security", "when": [{"joblib": "<1.2"}]},
        {**told, "id": "old-numpy", "severity": "blocks", "when": [{"numpy": "<1.24"}]},
        {**told, "id": "mended", "severity": "hang", "when": [{"joblib": ">=1"}], "mended_by": "nested"},
    )
    monkeypatch.setattr(pins.advisories, "_read", lambda path: found)


def test_advisories_that_this_package_mends_do_not_count(support, faults):
    assert found(support, advisory_wish("security")) == ["2022.2.0", "2023.9.3"]
    assert found(support, advisory_wish("hang")) == ["2021.6.2", "2022.2.0", "2023.9.3"]


def test_companions_that_were_measured_count(support, faults):
    assert found(support, advisory_wish("blocks")) == ["2022.2.0", "2023.9.3"]


def test_newest(support):
    assert pins.newest(support, support.working).combination.distributed == "2023.9.3"
    on_38 = pins.granting(support, [python_wish("3.8")])
    assert pins.newest(support, on_38).combination.distributed == "2022.2.0"


def test_nearest_changes_the_fewest_packages_that_are_there(support):
    installed = {"numpy": "1.24.2", "tornado": "6.1", "something-else": "1"}
    assert pins.nearest(support, support.working, installed).combination.distributed == "2023.9.3"
    assert pins.nearest(support, support.working, {"numpy": "1.20.3"}).combination.distributed == "2021.6.2"


def test_nearest_of_nothing_installed_is_the_newest(support):
    assert pins.nearest(support, support.working, {}) == pins.newest(support, support.working)


def test_the_smallest_sets_of_wishes_that_are_in_the_way(support):
    python, dask, numpy = python_wish("3.9"), keep("dask==2021.6.2"), keep("numpy==1.20.3")
    assert pins.in_the_way(support, [python, numpy]) == [(python,), (numpy,)]
    assert pins.in_the_way(support, [python, dask, numpy]) == [(python,)]
    absurd = [keep("numpy==7"), keep("dask==7")]
    assert pins.in_the_way(support, [python, *absurd]) == [tuple(absurd)]


def test_what_is_in_the_way_is_found_in_one_pass(support):
    asked = []

    def contradiction(number):
        return Wish(f"wish {number}", lambda record: bool(asked.append(record)))

    wishes = [contradiction(number) for number in range(30)]
    assert pins.in_the_way(support, [*wishes, python_wish("3.9")]) == [tuple(wishes)]
    assert len(asked) == len(wishes) * len(support.working)


def test_without_a_record_nothing_is_in_the_way(support_of):
    assert pins.in_the_way(support_of(), [python_wish("3.9")]) == []


def test_security_advisories_are_named(support, faults):
    old, *_, new = support.working
    assert [each["id"] for each in pins.security(old)] == ["old-joblib"]
    named = [line for line in pins.constraints(old, []) if "security" in line]
    assert named == ["# security: old-joblib, what (joblib-dask-compat explain old-joblib)"]
    assert not pins.security(new)


def test_a_file_for_pip(support):
    chosen = support.working[0]
    lines = list(pins.constraints(chosen, [python_wish("3.8"), keep("numpy<2")]))
    assert lines[-2:] == ["dask==2021.6.2", "numpy==1.20.3"]
    assert all(line.startswith("# ") for line in lines[:-2])
    assert chosen.combination.cell in lines[1]
    assert "--python 3.8 --keep numpy<2" in lines[2]


def test_changes_leave_out_what_is_the_same(support):
    told = pins.changes({"numpy": "1.20.3", "dask": "2021.6.2", "zict": "2.0"}, {"numpy": "1.20.3", "dask": "2.30"})
    assert told == {"dask": ("2.30", "2021.6.2"), "zict": (None, "2.0")}
