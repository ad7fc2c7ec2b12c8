"""What is installed, read from the packages' metadata; nothing of theirs is imported.

This module is imported by ``import joblib_dask_compat`` itself, so it keeps to modules that every interpreter has
loaded by the time it starts.
"""

import sys
from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, Optional, Tuple

#: Names of the distributions looked up, keyed by the names that ``Installed`` gives them.
DISTRIBUTIONS = {
    "joblib": "joblib",
    "sklearn": "scikit-learn",
    "dask": "dask",
    "distributed": "distributed",
    "numpy": "numpy",
    "cloudpickle": "cloudpickle",
    "tornado": "tornado",
    "msgpack": "msgpack",
    "click": "click",
    "tblib": "tblib",
    "setuptools": "setuptools",
    "compat": "joblib-dask-compat",
}


class Installed(
    namedtuple(
        "Installed",
        [
            "python",
            "joblib",
            "sklearn",
            "dask",
            "distributed",
            "numpy",
            "cloudpickle",
            "tornado",
            "msgpack",
            "click",
            "tblib",
            "setuptools",
            "compat",
        ],
    )
):
    """The installed version of each package, as a string; None where it is not installed."""

    __slots__ = ()

    def __str__(self) -> str:
        return ", ".join(
            "{} {}".format(DISTRIBUTIONS.get(name, "Python"), version or "not installed")
            for name, version in self._asdict().items()
            if name in ("python", "joblib", "sklearn", "dask", "distributed")
        )


def installed_version(distribution: str) -> "Optional[str]":
    """Return the installed version of a distribution, or None.

    Parameters
    ----------
    distribution : str
        Name on the package index: ``"scikit-learn"``, not ``"sklearn"``.

    Returns
    -------
    str or None
    """
    try:
        if sys.version_info >= (3, 8):
            from importlib import metadata
        else:
            import importlib_metadata as metadata
    except ImportError:  # a Python before 3.8, on a worker that lacks what this package requires
        return _version_from_setuptools(distribution)
    try:
        return str(metadata.version(distribution))
    except metadata.PackageNotFoundError:
        return None


def _version_from_setuptools(distribution: str) -> "Optional[str]":
    try:
        import pkg_resources  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        return None
    try:
        return str(pkg_resources.get_distribution(distribution).version)
    except pkg_resources.DistributionNotFound:
        return None


def versions() -> Installed:
    """Return what is installed, without importing any of it.

    Returns
    -------
    Installed
        A named tuple: ``python``, ``joblib``, ``sklearn``, ``dask``, ``distributed`` and some companions.
    """
    found = {name: installed_version(distribution) for name, distribution in DISTRIBUTIONS.items()}
    return Installed(python="{}.{}.{}".format(*sys.version_info[:3]), **found)


def is_version(text: str) -> bool:
    """Tell whether a text is a PEP 440 version."""
    from packaging.version import Version

    try:
        Version(text)
    except ValueError:  # which is raised for thousands of digits too
        return False
    return True


def satisfies(version: "Optional[str]", specifiers: str) -> bool:
    """Tell whether a version lies in a PEP 440 range; a release candidate counts as its release.

    Parameters
    ----------
    version : str or None
        None, not installed, lies in no range.
    specifiers : str
        ``">=0.12.2,<0.15"``; the empty string holds every version.

    Returns
    -------
    bool
    """
    if version is None:
        return False
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

    return SpecifierSet(specifiers).contains(Version(version).base_version)


def matches(installed: Installed, ranges: "Tuple[Dict[str, str], ...]") -> bool:
    """Tell whether what is installed lies in at least one of several sets of ranges.

    Parameters
    ----------
    installed : Installed
    ranges : tuple of dict
        Each maps field names of `Installed` to PEP 440 ranges, all of which must hold.

    Returns
    -------
    bool
    """
    return any(
        all(satisfies(getattr(installed, name), specifiers) for name, specifiers in both.items()) for both in ranges
    )
