"""The records that ship: unpacked as they were packed."""

import json

import pytest
from packaging.specifiers import SpecifierSet

from joblib_dask_compat.support import records
from joblib_dask_compat.support.records import Combination

SHIPPED = records.load()
OLD = Combination("3.8", "1.0.1", "1.0.2", "2021.6.2")


def test_what_ships_has_records_that_work_on_every_python():
    assert {each.combination.python for each in SHIPPED.working} == set(SHIPPED.known("python"))
    assert "3.6" in SHIPPED.known("python")


@pytest.mark.parametrize("record", SHIPPED.working[:5] + SHIPPED.working[-5:], ids=lambda each: each.combination.cell)
def test_pins_of_a_record_have_its_own_packages(record):
    assert record.pins["joblib"] == record.combination.joblib
    assert record.pins["scikit-learn"] == record.combination.sklearn
    assert record.pins["distributed"] == record.combination.distributed
    assert {"dask", "numpy", "scipy", "tornado"} <= set(record.pins)
    assert "joblib-dask-compat" not in record.pins


def test_it_says_on_its_first_line_what_makes_it(tmp_path):
    with open(records._FILE, encoding="utf-8") as stream:
        first = stream.readline()
    assert "nox -s render" in first
    assert "do not edit" in first


def test_states(support_of):
    found = support_of(
        "3.8 1.0.1 1.0.2 2021.6.2",
        "3.8 1.0.1 1.0.2 2021.7.0 partial",
        "3.8 1.0.1 1.0.2 2021.8.0 fails",
        "3.8 1.0.1 1.0.2 2021.9.0 error",
        "3.8 1.0.1 1.0.2 2021.10.0 untested",
    )
    assert [each.state() for each in found.records] == ["pass", "partial", "fail", "not-installable", "untested"]
    assert [each.works for each in found.records] == [True, False, False, False, False]
    assert found.records[4].state("upstream") == "pass"
    assert found.records[1].columns["compat"]["nested"] == ("hang", "no end within 15 s")
    assert found.records[3].error == "no wheel"
    assert found.records[0].pins == {"numpy": "1.20.3", "dask": "2021.6.2"}


@pytest.mark.parametrize(
    ("axis", "version", "line"),
    [
        ("python", "3.10", "3.10"),
        ("joblib", "0.11", "0.11"),
        ("sklearn", "0.22.2.post1", "0.22"),
        ("sklearn", "1.0", "1.0"),
        ("distributed", "2.9.3", "2.9"),
        ("distributed", "2021.3.1", "2021Q1"),
        ("distributed", "2021.12.0", "2021Q4"),
    ],
)
def test_lines(axis, version, line):
    assert records.line(axis, version) == line


def test_versions_are_found_however_they_are_spelled():
    assert SHIPPED.spelled("joblib", "1.1") == "1.1.0"
    assert SHIPPED.spelled("distributed", "2021.06.0") == "2021.6.0"
    assert SHIPPED.spelled("joblib", "1.1.99") is None
    assert SHIPPED.spelled("joblib", "99") is None


def test_newest_is_of_what_works(support_of):
    found = support_of("3.9 1.2.0 1.2.2 2023.9.3", "3.10 1.0.1 1.0.2 2021.6.2", "3.10 1.6.0 1.7.2 2026.8.0 fails")
    assert [found.newest(axis) for axis in records.AXES] == ["3.10", "1.2.0", "1.2.2", "2023.9.3"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, None),
        ({"joblib": "1.6.0"}, "joblib 1.6.0 requires Python >=3.10"),
        ({"sklearn": "1.9.1", "python": "3.8"}, "scikit-learn 1.9.1 requires Python"),
        ({"sklearn": "0.24.2", "python": "3.10"}, "scikit-learn 0.24.2 has no wheel for Python 3.10"),
        ({"sklearn": "1.3.2"}, "scikit-learn 1.3.2 requires joblib>=1.1.1"),
        ({"joblib": "77.0"}, None),
    ],
)
def test_obstacles_are_what_releases_declare(changed, told):
    found = SHIPPED.obstacle(OLD._replace(**changed))
    assert found is None if told is None else found.startswith(told)


@pytest.mark.parametrize("part", records.AXES)
def test_an_open_part_stands_for_all_that_fill_it(part):
    refused = OLD._replace(joblib="1.6.0")  # by Python 3.8
    found = SHIPPED.obstacle(refused._replace(**{part: ""}))
    assert found == (None if part in ("python", "joblib") else "joblib 1.6.0 requires Python >=3.10")


def test_releases_of_distributed_require_one_dask():
    assert records.dask_of("2023.9.3") == "2023.9.3"
    assert records.dask_of("2023.3.2.1") == "2023.3.2"
    assert records.dask_of("2021.5.0") == "2021.5.0"
    assert records.dask_of("2026.1.0") == "2025.12.0"
    assert records.dask_of("2021.4.1") is None
    measured = [(each.combination.distributed, each.pins["dask"]) for each in SHIPPED.working]
    for distributed, dask in measured:
        assert records.parse(records.dask_of(distributed) or dask) == records.parse(dask)


@pytest.mark.parametrize(("dask", "refused"), [("==2021.6.2", False), ("==2021.06.2", False), (">=2024", True)])
def test_another_dask_is_an_obstacle(dask, refused):
    found = SHIPPED.obstacle(OLD, SpecifierSet(dask))
    assert found == ("distributed 2021.6.2 requires dask==2021.6.2, not dask>=2024" if refused else None)
    assert SHIPPED.obstacle(OLD._replace(distributed="2.9.3"), SpecifierSet(dask)) is None


def test_what_was_measured_has_its_companions(support_of):
    record = support_of("3.8 1.0.1 1.0.2 2021.6.2 works 1 2").records[0]
    assert record.installed() == OLD.installed(dask="2021.6.2", tornado="6.1")
    assert record.installed().numpy is None


def test_names_for_people_and_for_the_index():
    assert str(OLD) == "Python 3.8, joblib 1.0.1, scikit-learn 1.0.2, distributed 2021.6.2"
    assert list(OLD.named) == ["python", "joblib", "scikit-learn", "distributed"]
    assert OLD.cell == "py3.8-joblib1.0.1-sklearn1.0.2-distributed2021.6.2"
    assert json.dumps(OLD.installed().dask) == "null"
