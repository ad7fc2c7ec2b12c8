"""Tells what a cell holds and which routes it has: ``python matrix/probe.py RESULT``, a JSON file.

Runs inside a cell. A route's probe and the versions in its row of the table must agree; the verdict
compares them. Python 3.6; the standard library and this package.
"""

import importlib
import json
import platform
import sys

from joblib_dask_compat.copies import all_copies
from joblib_dask_compat.routes import ROUTES, expected, probe
from joblib_dask_compat.versions import versions

#: What clients and workers import. Compiled here, before anything is timed.
HEAVY = ("distributed.cli.dask_worker", "pandas", "sklearn.ensemble", "sklearn.model_selection", "sklearn.svm")


def resolved(installed):
    return {
        "python": "{}.{}".format(*sys.version_info),
        "joblib": installed.joblib,
        "scikit-learn": installed.sklearn,
        "dask": installed.dask,
        "distributed": installed.distributed,
    }


def outcome(route, copy, installed):
    backend, reason = probe(route, copy)
    told = {"usable": backend is not None, "expected": expected(route, copy, installed)}
    return dict(told, reason=reason) if reason else told


def found():
    installed = versions()
    return {
        "interpreter": " ".join([platform.python_implementation(), platform.python_version()]),
        "resolved": resolved(installed),
        "routes": {
            copy.name: {route.name: outcome(route, copy, installed) for route in ROUTES if copy.name in route.copies}
            for copy in all_copies()
        },
    }


def compile_heavy():
    for name in HEAVY:
        try:
            importlib.import_module(name)
        except Exception:
            pass  # the behaviours say so better


if __name__ == "__main__":
    compile_heavy()
    with open(sys.argv[1], "w") as result:
        json.dump(found(), result)
