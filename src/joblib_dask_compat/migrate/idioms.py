"""The tables: what code of each era writes, and what it becomes.

Everything here is data. A path is the dotted name under which a thing was imported, whatever the local name is:
``from sklearn.externals import joblib as jl`` makes ``jl.load`` the path ``sklearn.externals.joblib.load``.
"""

from typing import Dict, Tuple

COMPAT, UPSTREAM = "compat", "upstream"

#: Where the rewritten code goes: this package, or joblib's own spelling.
TARGETS = (COMPAT, UPSTREAM)

PACKAGE = "joblib_dask_compat"

#: Functions that scikit-learn 0.20 to 1.6 lent from joblib.
_LENT = (
    "Memory",
    "Parallel",
    "cpu_count",
    "delayed",
    "effective_n_jobs",
    "hash",
    "parallel_backend",
    "register_parallel_backend",
)

#: Modules whose import registered the Dask backend: distributed up to 1.23, dask-ml up to 1.0.
REGISTERING = ("distributed.joblib", "dask.distributed.joblib", "dask_ml.joblib")

DASK_CLASS = "joblib._dask.DaskDistributedBackend"

#: Removed paths, and where the same thing is now. A path below one of these moves with it; the longest one decides.
MOVED: Dict[str, str] = {
    "sklearn.externals.joblib": "joblib",
    "sklearn.utils._joblib": "joblib",
    "sklearn.utils._joblib.joblib": "joblib",
    "sklearn.utils.fixes.delayed": "sklearn.utils.parallel.delayed",
}
MOVED.update({"sklearn.utils." + name: "joblib." + name for name in _LENT})
for _module in REGISTERING:
    MOVED[_module + ".joblib"] = "joblib"
    MOVED[_module + ".DaskDistributedBackend"] = MOVED[_module + ".DistributedBackend"] = DASK_CLASS

#: Modules that importing their package does not import; all else of joblib comes with ``import joblib``.
OWN_IMPORT = ("joblib._dask", "sklearn.utils.parallel")

#: Paths that moved with joblib, and that joblib has since removed as well.
GONE: Dict[str, str] = {
    "joblib.my_exceptions": "joblib wraps no exceptions any more, they arrive as they were raised",
    "joblib.format_stack": "joblib has no format_stack any more",
    "joblib._parallel_backends.SafeFunction": "joblib has no SafeFunction any more",
    "joblib._compat": "joblib has no _compat any more",
}

#: Names of the backend. Upstream's joblib knows only the first.
NAMES = ("dask", "distributed", "dask.distributed")

#: Words: a program that has not all of one row has nothing that this is about, and is not read.
WORDS: Tuple[Tuple[str, ...], ...] = (
    ("externals",),
    ("_joblib",),
    ("parallel_backend",),
    ("parallel_config",),
    ("cachedir",),
    ("joblib", "distributed"),
    ("joblib", "dask_ml"),
    ("joblib", "backend"),
    *(("utils", name) for name in _LENT),
)


def _in_joblib(*names: str) -> Tuple[str, ...]:
    return tuple(home + name for home in ("joblib.", "joblib.parallel.") for name in names)


#: Functions that open a block, that register a backend, and that take a backend's name as an argument.
BLOCKS = _in_joblib("parallel_backend", "parallel_config")
REGISTER = _in_joblib("register_parallel_backend")
PARALLEL = (*_in_joblib("Parallel"), "sklearn.utils.parallel.Parallel")

#: Options of the Dask backend that do nothing today.
DROPPED_OPTIONS = ("loop",)

#: Options of joblib's blocks that this package's block does not take for a Dask backend.
JOBLIB_ONLY_OPTIONS = (
    "inner_max_num_threads",
    "max_nbytes",
    "mmap_mode",
    "prefer",
    "require",
    "temp_folder",
    "verbose",
)

#: Options that have another name now.
RENAMED_OPTIONS: Dict[str, Dict[str, str]] = {
    "joblib.Memory": {"cachedir": "location"},
    "joblib.memory.Memory": {"cachedir": "location"},
}


def concerned(text: str) -> bool:
    """Tell whether a program can have something to rewrite or to report."""
    return any(all(word in text for word in row) for row in WORDS)


def below(path: str, prefix: str) -> bool:
    """Tell whether a path is this prefix, or lies below it."""
    return path == prefix or path.startswith(prefix + ".")


def current(path: str) -> str:
    """Return where a path leads today; itself where it never moved."""
    for old in sorted(MOVED, key=len, reverse=True):
        if below(path, old):
            return MOVED[old] + path[len(old) :]
    return path


def registers(path: str) -> bool:
    """Tell whether importing a path registered the Dask backend."""
    return any(below(path, module) for module in REGISTERING)


def removed(path: str) -> bool:
    """Tell whether a path, as it is written, was taken out of its package."""
    return current(path) != path or registers(path)


def gone(path: str) -> str:
    """Return why a path has no successor, or an empty string."""
    return next((why for old, why in GONE.items() if below(current(path), old)), "")


def importable(path: str) -> str:
    """Return the module to import for a path to be reachable."""
    return next((module for module in OWN_IMPORT if below(path, module)), path.partition(".")[0])
