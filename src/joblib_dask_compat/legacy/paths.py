"""The import paths that upstream removed, as data: what stands in for each one, and how it is spelled today."""

from typing import Any, Callable, Dict, NamedTuple, Tuple

from . import stand_ins

SKLEARN_JOBLIB = "sklearn.externals.joblib"


class Gone(NamedTuple):
    """A module that is missing from some versions, or cannot be imported there."""

    since: str  #: the release that removed it
    link: str
    modern: str  #: what to write today
    alias: str = ""  #: a module that is given out in its place
    contents: Callable[[], Dict[str, Any]] = dict  #: without an alias: what the module holds that stands in


class GoneName(NamedTuple):
    """A name that is missing from a module."""

    since: str
    link: str
    modern: str
    get: Callable[[], Any]


_BLOCK = "from joblib_dask_compat import parallel_backend"
_REGISTER = "from joblib_dask_compat import register_dask"

#: Served where the import system finds nothing, or where what it finds fails to import.
MODULES: Dict[str, Gone] = {
    SKLEARN_JOBLIB: Gone(
        "scikit-learn 0.23",
        "https://github.com/scikit-learn/scikit-learn/pull/13531",
        "from joblib_dask_compat import joblib",
        alias="joblib",
    ),
    "sklearn.utils._joblib": Gone(
        "scikit-learn 1.7",
        "https://github.com/scikit-learn/scikit-learn/pull/31105",
        "from joblib_dask_compat import Parallel, delayed, joblib",
        contents=stand_ins.sklearn_utils_joblib,
    ),
    "distributed.joblib": Gone(
        "distributed 1.24",
        "https://github.com/dask/distributed/pull/2298",
        _REGISTER,
        contents=stand_ins.distributed_joblib,
    ),
    "dask.distributed.joblib": Gone(
        "distributed 1.24", "https://github.com/dask/distributed/pull/2298", _REGISTER, alias="distributed.joblib"
    ),
    "dask_ml.joblib": Gone(
        "dask-ml 1.1", "https://github.com/dask/dask-ml/pull/545", _REGISTER, contents=stand_ins.distributed_joblib
    ),
    "joblib._dask": Gone(
        "joblib before 0.12.2", "https://github.com/joblib/joblib/pull/722", _BLOCK, contents=stand_ins.joblib_dask
    ),
    "joblib.my_exceptions": Gone(
        "joblib 1.3",
        "https://github.com/joblib/joblib/blob/main/CHANGES.rst",
        "a task's exception arrives as it was raised: except ValueError",
        contents=stand_ins.joblib_my_exceptions,
    ),
    "joblib.format_stack": Gone(
        "joblib 1.3",
        "https://github.com/joblib/joblib/blob/main/CHANGES.rst",
        "traceback.format_exception",
        contents=stand_ins.joblib_format_stack,
    ),
    "joblib._compat": Gone(
        "joblib 0.15",
        "https://github.com/joblib/joblib/blob/main/CHANGES.rst",
        "str; every Python is 3 or later",
        contents=stand_ins.joblib_compat,
    ),
}

#: Packages that must be importable for a module above to be, though they are not installed.
EMPTY_PACKAGES = ("dask_ml",)

#: Modules that are no packages, of which a path above makes one.
MADE_PACKAGES = ("dask.distributed",)


def _utils(modern: str, since: str, link: str, get: Callable[[], Any]) -> GoneName:
    return GoneName(since, "https://github.com/scikit-learn/scikit-learn/pull/" + link, modern, get)


#: Served where the module is there and does not have the name.
NAMES: Dict[str, Dict[str, GoneName]] = {
    "sklearn.utils": {
        "register_parallel_backend": _utils(
            _REGISTER, "scikit-learn 1.7", "31105", stand_ins.register_parallel_backend
        ),
        "parallel_backend": _utils(_BLOCK, "scikit-learn 1.7", "31105", stand_ins.parallel_backend),
        **{
            name: _utils(
                f"from {'joblib_dask_compat' if name in ('Parallel', 'delayed') else 'joblib'} import {name}",
                "scikit-learn 0.24",
                "15792",
                stand_ins.of_joblib(name),
            )
            for name in ("Parallel", "Memory", "delayed", "cpu_count", "hash", "effective_n_jobs")
        },
    },
    "sklearn.utils.fixes": {
        "delayed": _utils(
            "from joblib_dask_compat import Parallel, delayed", "scikit-learn 1.5", "25363", stand_ins.fixes_delayed
        ),
    },
}


def alias_of(fullname: str) -> Tuple[str, str]:
    """Return the row to which a name belongs, and the module that is given out for it.

    Submodules of an alias are the alias's own: ``sklearn.externals.joblib.parallel`` is ``joblib.parallel``.
    """
    for name, row in MODULES.items():
        if row.alias and (fullname == name or fullname.startswith(name + ".")):
            return name, row.alias + fullname[len(name) :]
    return "", ""
