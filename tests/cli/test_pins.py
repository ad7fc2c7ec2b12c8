"""`pins`: what it prints is a file for pip, and what it cannot grant it explains."""

import re
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from joblib_dask_compat.support import records
from joblib_dask_compat.support.verdicts import exact

SHIPPED = records.load()
HERE = "{}.{}".format(*sys.version_info)


@pytest.mark.parametrize("python", SHIPPED.known("python"))
def test_every_measured_python_has_pins(told, python):
    found, code = told("pins", "--python", python)
    assert code == 0
    record = SHIPPED.by_combination[records.Combination(*found["combination"].values())]
    assert record.works
    assert record.combination.python == python
    assert found["pins"] == record.pins
    assert found["drop"] == []


def test_the_newest_are_those_of_the_matrix(told):
    page = (Path(__file__).resolve().parents[2] / "compat_matrix.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| (3\.\d+) \| (\S+) \| (\S+) \| (\S+) \| (\S+) \| \d{4}-", page, flags=re.MULTILINE)
    assert {python for python, *_ in table} == set(SHIPPED.known("python"))
    for python, *versions in table:
        found = told("pins", "--python", python)[0]["pins"]
        assert [found[name] for name in ("joblib", "scikit-learn", "dask", "distributed")] == versions


def test_the_text_is_a_file_of_exact_requirements(command_line):
    done = command_line("pins", "--python", HERE)
    assert done.stderr == ""
    pinned = [Requirement(line) for line in done.stdout.splitlines() if not line.startswith("#")]
    assert {"joblib", "scikit-learn", "distributed", "dask", "numpy"} <= {each.name for each in pinned}
    assert all(exact(each.specifier) for each in pinned)


def test_kept_packages_stay(told):
    record = SHIPPED.working[0]
    python, joblib = record.combination.python, record.combination.joblib
    found, code = told("pins", "--python", python, "--keep", f"joblib=={joblib}", f"numpy=={record.pins['numpy']}")
    assert (code, found["pins"]["joblib"]) == (0, joblib)
    assert found["pins"]["numpy"] == record.pins["numpy"]
    assert found["wishes"][0] == f"--python {python}"


@pytest.mark.parametrize(
    "options",
    [
        ["--no-advisory", "security,hang"],
        ["--no-advisory", "security", "--no-advisory", "hang"],
        ["--no-advisory", " security, hang,", "--no-advisory", "security"],
    ],
)
def test_no_security_advisory(told, options):
    found, code = told("pins", "--python", HERE, *options)
    assert (code, found["security"]) == (0, [])
    assert found["wishes"][1:] == ["--no-advisory security", "--no-advisory hang"]


@pytest.mark.parametrize("asked", ["sklearn", "Scikit_Learn", "scikit.learn"])
def test_names_may_be_spelled_as_pip_takes_them(told, asked):
    record = SHIPPED.working[0]
    kept = f"{asked}=={record.combination.sklearn}"
    found, code = told("pins", "--python", record.combination.python, "--keep", kept)
    assert (code, found["pins"]["scikit-learn"]) == (0, record.combination.sklearn)
    assert found["wishes"][1] == f"--keep scikit-learn=={record.combination.sklearn}"


def test_ranges_may_be_kept(told):
    found, code = told("pins", "--keep", "joblib>=1.2", "scikit-learn>=1.5,<99", "--prefer", "nearest")
    assert code == 0
    assert records.parse(found["pins"]["joblib"]) >= records.parse("1.2")


def test_security_advisories_that_hold_are_named(told, command_line):
    found, code = told("pins", "--python", "3.8")
    assert code == 0
    assert "cve-2024-5206" in [each["id"] for each in found["security"]]  # as scikit-learn 1.5 is not for 3.8
    named = [line for line in command_line("pins", "--python", "3.8").stdout.splitlines() if "security: " in line]
    assert [line.split()[2].rstrip(",") for line in named] == [each["id"] for each in found["security"]]


def test_wishes_that_contradict_each_other_are_dropped_together(told):
    wishes = [f"numpy==0.{number}" for number in range(15)]
    found, code = told("pins", "--python", "3.8", "--keep", *wishes)
    assert (code, found["drop"]) == (1, [[f"--keep {wish}" for wish in wishes]])


def test_nearest_to_this_environment(told):
    found, code = told("pins", "--prefer", "nearest")
    assert code == 0
    assert found["combination"]["python"] == HERE


def test_which_wish_to_drop(told, command_line):
    wishes = ["--python", "3.8", "--keep", "joblib==1.6.0"]
    found, code = told("pins", *wishes)
    assert (code, found["combination"], found["pins"]) == (1, None, {})
    assert found["drop"] == [["--python 3.8"], ["--keep joblib==1.6.0"]]
    done = command_line("pins", *wishes)
    assert done.stdout == ""
    assert "without --python 3.8 there is Python 3." in done.stderr
    assert "without --keep joblib==1.6.0 there is Python 3.8, " in done.stderr


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--python", "3"], "--python '3' is no version of Python"),
        (["--keep", "joblib==x"], "'joblib==x' is no requirement"),
        (["--keep", "no-such-package==1"], "no combination that was measured has a package 'no-such-package'"),
        (["--keep", "python==3.8"], "name it with --python"),
        (["--keep", "joblib @ https://example.org/joblib.zip"], "names more than a range"),
        (["--no-advisory", "bad"], "--no-advisory bad: no such severity"),
    ],
)
def test_wrong_input(refused, arguments, line):
    assert line in refused("pins", *arguments)
