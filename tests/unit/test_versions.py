"""Versions come from metadata; ranges are PEP 440, and a release candidate counts as its release."""

import subprocess
import sys

import pytest

from joblib_dask_compat.versions import Installed, matches, satisfies, versions

HERE = versions()


def test_read_without_importing():
    code = (
        "import sys; from joblib_dask_compat import versions; print(versions().joblib, 'joblib' in sys.modules)"
    )
    told = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    assert told == [HERE.joblib, "False"]


def test_names_what_is_installed():
    assert isinstance(HERE, Installed)
    assert f"joblib {HERE.joblib}" in str(HERE)


@pytest.mark.parametrize(
    ("version", "specifiers", "inside"),
    [
        ("0.12.2", ">=0.12.2,<0.15", True),
        ("0.15.0", ">=0.12.2,<0.15", False),
        ("1.6.0rc1", ">=1.6", True),
        ("2021.6.1", "<2021.6.1", False),
        ("2021.06.0", "<2021.6.1", True),
        (None, "", False),
        ("1.0", "", True),
    ],
)
def test_satisfies(version, specifiers, inside):
    assert satisfies(version, specifiers) is inside


def test_ranges_are_anded_within_and_ored_between():
    stack = HERE._replace(joblib="1.4.2", distributed="2024.1.0")
    assert matches(stack, ({"joblib": ">=1.4", "distributed": "<2025"},))
    assert not matches(stack, ({"joblib": ">=1.4", "distributed": ">=2025"},))
    assert matches(stack, ({"joblib": "<1"}, {"distributed": "<2025"}))
