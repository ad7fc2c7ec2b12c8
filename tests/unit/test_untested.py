"""The warning of versions beyond all records."""

import pytest

from joblib_dask_compat import versions
from joblib_dask_compat.support import untested

HERE = versions()._replace(python="3.11.7", joblib="1.4.2", sklearn="1.6.1", distributed="2024.12.1")
MEASURED = "3.11 1.4.2 1.6.1 2024.12.1"

#: Leaves records of the oldest joblib only, so that what is installed is newer than any.
NARROWED = """
import warnings
from joblib_dask_compat import local_cluster, parallel_backend, register_dask
from joblib_dask_compat.support import records

support = records.load()
support.working[:] = [each for each in support.working if each.combination.joblib == "0.11"]
with warnings.catch_warnings(record=True) as found:
    warnings.simplefilter("always")
    exec(compile(SCRIPT, "script", "exec"))
print([each.lineno for each in found if each.category.__name__ == "UntestedVersionsWarning"])
"""

REGISTERING = """
register_dask()
register_dask()
"""

BLOCKS = """
with local_cluster(n_workers=1, processes=False):
    with parallel_backend("dask"):
        pass
    with parallel_backend("dask"):
        pass
"""


def test_nothing_to_say_of_what_was_measured(support_of):
    assert list(untested.beyond(HERE, support_of(MEASURED))) == []
    assert list(untested.beyond(HERE._replace(sklearn=None), support_of(MEASURED))) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"joblib": "1.5.0"}, "joblib 1.5.0 (newest measured: 1.4.2)"),
        ({"sklearn": "1.7.0rc1"}, "scikit-learn 1.7.0rc1 (newest measured: 1.6.1)"),
        ({"distributed": "2025.1.0"}, "distributed 2025.1.0 (newest measured: 2024.12.1)"),
        ({"python": "3.12.0"}, "Python 3.12 (newest measured: 3.11)"),
    ],
)
def test_what_is_newer_is_named(support_of, changed, told):
    assert list(untested.beyond(HERE._replace(**changed), support_of(MEASURED))) == [told]


def test_what_failed_was_measured_in_vain(support_of):
    support = support_of(MEASURED, "3.11 1.5.3 1.6.1 2024.12.1 fails")
    assert list(untested.beyond(HERE._replace(joblib="1.5.3"), support))


@pytest.mark.parametrize(("script", "line"), [(REGISTERING, 2), (BLOCKS, 3)], ids=["register_dask", "parallel_backend"])
def test_it_is_told_once_at_the_line_that_led_here(fresh_python, script, line):
    done = fresh_python(f"SCRIPT = {script!r}\n{NARROWED}")
    assert done.stdout.strip() == f"[{line}]"


def test_importing_asks_nothing(fresh_python):
    done = fresh_python("import sys, joblib_dask_compat; print('joblib_dask_compat.support' in sys.modules)")
    assert done.stdout.strip() == "False"
