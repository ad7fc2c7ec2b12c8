"""Versions come from metadata; ranges are PEP 440, and a release candidate counts as its release."""

import sys
from importlib import metadata

import pytest

from joblib_dask_compat import versions
from joblib_dask_compat.versions import DISTRIBUTIONS, installed_version, matches, satisfies

HERE = versions()


def test_it_reads_what_the_metadata_say():
    assert HERE.python == "{}.{}.{}".format(*sys.version_info)
    found = {each.metadata["Name"]: each.version for each in metadata.distributions()}
    for field, distribution in DISTRIBUTIONS.items():
        assert getattr(HERE, field) == found.get(distribution)
    assert HERE.joblib


def test_missing_package_is_none():
    assert installed_version("no-such-distribution-anywhere") is None


def test_it_prints_the_packages_that_matter():
    told = str(HERE._replace(sklearn=None))
    assert told.startswith(f"Python {HERE.python}, joblib {HERE.joblib}, scikit-learn not installed, dask ")


@pytest.mark.parametrize(
    ("version", "specifiers", "inside"),
    [
        ("0.12.2", ">=0.12.2,<0.15", True),
        ("0.12.10", ">=0.12.2,<0.15", True),
        ("0.15.0", ">=0.12.2,<0.15", False),
        ("0.22.2.post1", ">=0.22.2,<0.23", True),
        ("1.6.0rc1", ">=1.6", True),
        ("1.7.0.dev3", "<1.7", False),
        ("2021.6.1", "<2021.6.1", False),
        ("2021.06.0", "<2021.6.1", True),
        ("1.0", "", True),
        (None, "", False),
    ],
)
def test_ranges(version, specifiers, inside):
    assert satisfies(version, specifiers) is inside


def test_ranges_are_anded_within_and_ored_between():
    stack = HERE._replace(joblib="0.13.2", distributed="1.28.1")
    assert matches(stack, ({"joblib": ">=1"}, {"joblib": "<0.14", "distributed": "<2"}))
    assert not matches(stack, ({"joblib": ">=1"}, {"joblib": "<0.14", "distributed": ">=2"}))
    assert not matches(stack, ())
