"""What changes for the user from one version to another: the interfaces that come, are deprecated, and go.

Read in the releases themselves. What a version of several packages together changes is in the table of
`joblib_dask_compat.routes` and in the advisories.
"""

from typing import Any, Iterator, NamedTuple, Optional

from ..copies import SITE, VENDORED
from ..routes import UPSTREAM, Route
from ..versions import matches
from .records import Combination, parse


class Feature(NamedTuple):
    """One interface of one package, and when it was there."""

    axis: str
    what: str
    appeared: Optional[str]
    deprecated: Optional[str]
    removed: Optional[str]
    instead: str  #: what to write once it is deprecated or gone
    link: str


class Change(NamedTuple):
    """What a step does to an interface."""

    kind: str  #: ``appears``, ``deprecated`` or ``gone``
    what: str
    instead: str
    link: str


FEATURES = (
    Feature(
        "python",
        "abstract classes in collections (collections.MutableMapping, ...)",
        None,
        "3.3",
        "3.10",
        "collections.abc",
        "https://docs.python.org/3/whatsnew/3.10.html",
    ),
    Feature("python", "distutils", None, "3.10", "3.12", "setuptools", "https://peps.python.org/pep-0632/"),
    Feature(
        "joblib",
        'the backend "dask"',
        "0.12",
        None,
        None,
        "",
        "https://github.com/joblib/joblib/pull/722",
    ),
    Feature(
        "joblib",
        "wait_for_workers_timeout= of the backend",
        "0.13.1",
        None,
        None,
        "",
        "https://github.com/joblib/joblib/pull/829",
    ),
    Feature(
        "joblib",
        "inner_max_num_threads=, which a cluster refuses",
        "0.14",
        None,
        None,
        "",
        "https://github.com/joblib/joblib/blob/0.14.0/CHANGES.rst",
    ),
    Feature("joblib", "parallel_config", "1.3", None, None, "", "https://github.com/joblib/joblib/pull/1392"),
    Feature(
        "joblib",
        'Parallel(return_as="generator") on a cluster',
        "1.4",
        None,
        None,
        "",
        "https://github.com/joblib/joblib/pull/1520",
    ),
    Feature(
        "joblib",
        "apply_async of a backend class",
        None,
        "1.5",
        None,
        "submit",
        "https://github.com/joblib/joblib/pull/1667",
    ),
    Feature(
        "joblib",
        "calls of an apply_async that a subclass of joblib's Dask backend overrides",
        None,
        "1.5",
        "1.6",
        "override submit as well",
        "https://github.com/joblib/joblib/blob/1.6.0/joblib/_dask.py",
    ),
    Feature(
        "joblib",
        "joblib.externals.cloudpickle",
        None,
        None,
        "1.6",
        "cloudpickle",
        "https://github.com/joblib/joblib/pull/1775",
    ),
    Feature(
        "sklearn",
        "SKLEARN_SITE_JOBLIB, which makes it use the installed joblib",
        "0.20",
        None,
        "0.21",
        "nothing: it always does",
        "https://github.com/scikit-learn/scikit-learn/pull/11166",
    ),
    Feature(
        "sklearn",
        "sklearn.externals.joblib",
        None,
        "0.21",
        "0.23",
        "from joblib_dask_compat import joblib",
        "https://github.com/scikit-learn/scikit-learn/issues/17238",
    ),
    Feature(
        "sklearn",
        "sklearn.utils._joblib",
        "0.20",
        None,
        "1.7",
        "from joblib_dask_compat import joblib",
        "https://github.com/scikit-learn/scikit-learn/blob/1.6.1/sklearn/utils/_joblib.py",
    ),
    Feature(
        "sklearn",
        "sklearn.utils.Parallel, Memory, delayed, cpu_count, hash and effective_n_jobs",
        "0.20",
        "0.20.1",
        "0.23",
        "from joblib_dask_compat import joblib",
        "https://github.com/scikit-learn/scikit-learn/blob/0.22.2.post1/sklearn/utils/__init__.py",
    ),
    Feature(
        "sklearn",
        "sklearn.utils.parallel_backend and register_parallel_backend",
        "0.20",
        "1.5",
        "1.7",
        "from joblib_dask_compat import parallel_backend, register_dask",
        "https://github.com/scikit-learn/scikit-learn/pull/28847",
    ),
    Feature(
        "sklearn",
        "sklearn.utils.fixes.delayed",
        "0.24",
        "1.2.1",
        "1.5",
        "from joblib_dask_compat import delayed",
        "https://github.com/scikit-learn/scikit-learn/pull/25363",
    ),
    Feature(
        "sklearn",
        "sklearn.utils.parallel.Parallel and delayed, which carry the configuration to the workers",
        "1.2.1",
        None,
        None,
        "",
        "https://github.com/scikit-learn/scikit-learn/pull/25363",
    ),
    Feature(
        "distributed",
        "import distributed.joblib",
        None,
        None,
        "1.24",
        "from joblib_dask_compat import register_dask",
        "https://github.com/dask/distributed/pull/2298",
    ),
    Feature(
        "distributed",
        "LocalCluster(dashboard_address=)",
        "1.27",
        None,
        None,
        "",
        "https://github.com/dask/distributed/pull/2589",
    ),
    Feature(
        "distributed",
        "LocalCluster(host=)",
        "2.0",
        None,
        None,
        "",
        "https://github.com/dask/distributed/pull/2693",
    ),
    Feature(
        "distributed",
        "distributed.utils.itemgetter",
        None,
        None,
        "2021.6.1",
        "dask.utils.itemgetter",
        "https://github.com/dask/distributed/pull/4911",
    ),
    Feature(
        "distributed",
        "distributed.utils.funcname",
        None,
        "2021.7.0",
        "2023.9.3",
        "dask.utils.funcname",
        "https://github.com/dask/distributed/pull/8193",
    ),
    Feature(
        "distributed",
        "setting Client.loop",
        None,
        "2022.8.0",
        "2026.6.0",
        "Client(loop=)",
        "https://github.com/dask/distributed/pull/9231",
    ),
)


def changes(before: Combination, after: Combination) -> Iterator[Change]:
    """Yield what a step changes for the user: interfaces, then the routes to upstream's backend."""
    for feature in FEATURES:
        here, there = parse(getattr(before, feature.axis)), parse(getattr(after, feature.axis))
        kind = _state(feature, there)
        if kind != _state(feature, here):
            yield Change(_KINDS[kind], feature.what, feature.instead if kind != "there" else "", feature.link)
    for route in UPSTREAM:
        is_there = _serves(route, after)
        if is_there != _serves(route, before):
            yield Change(
                "appears" if is_there else "gone", f"route {route.name!r} to upstream's backend", "", route.link
            )


_KINDS = {"there": "appears", "deprecated": "deprecated", "absent": "gone"}


def _state(feature: Feature, version: Any) -> str:
    def since(release: Optional[str]) -> bool:
        return release is not None and version >= parse(release)

    if since(feature.removed) or not (feature.appeared is None or since(feature.appeared)):
        return "absent"
    return "deprecated" if since(feature.deprecated) else "there"


def _serves(route: Route, combination: Combination) -> bool:
    """Tell whether the table has a route for the joblib copy that scikit-learn uses by itself."""
    copy = VENDORED if parse(combination.sklearn) < parse("0.21") else SITE
    return copy in route.copies and matches(combination.installed(), route.versions)
