"""Names that something else uses stay defined, and mean what they meant."""

import textwrap

import pytest

from joblib_dask_compat.migrate.source import migrate_source

#: What a program with such a name becomes in this package's spelling; None, nothing changes.
PROGRAMS = {
    "bound to something else in between": (
        """
        from sklearn.externals import joblib
        joblib = None
        from sklearn.externals import joblib
        """,
        """
        import joblib
        joblib = None
        import joblib
        """,
    ),
    "deleted in between": (
        """
        from sklearn.externals import joblib
        del joblib
        from sklearn.externals import joblib
        """,
        """
        import joblib
        del joblib
        import joblib
        """,
    ),
    "imported twice": (
        """
        from sklearn.externals import joblib
        import joblib  # again
        joblib.dump
        """,
        """
        import joblib
        joblib.dump
        """,
    ),
    "in an annotation that is a string": (
        """
        from sklearn.externals import joblib
        def fit(memory: "joblib.Memory"):
            with joblib.parallel_backend('dask'): pass
        """,
        """
        import joblib
        from joblib_dask_compat import parallel_backend
        def fit(memory: "joblib.Memory"):
            with parallel_backend('dask'): pass
        """,
    ),
    "global": (
        """
        def prepare():
            global joblib
            from sklearn.externals import joblib
        def fit():
            with joblib.parallel_backend('dask'): pass
        """,
        """
        def prepare():
            global joblib
            import joblib
        def fit():
            with joblib.parallel_backend('dask'): pass
        """,
    ),
    "through a star": (
        """
        from helpers import *
        from sklearn import externals
        externals.joblib.load('x')
        joblib.load('x')
        """,
        None,
    ),
    "the block's, through a star": (
        """
        from helpers import *
        from sklearn.externals import joblib
        with joblib.parallel_backend('dask'): pass
        parallel_backend
        """,
        """
        from helpers import *
        import joblib_dask_compat
        with joblib_dask_compat.parallel_backend('dask'): pass
        parallel_backend
        """,
    ),
    "this package's already": (
        """
        from joblib_dask_compat import parallel_backend
        from sklearn.externals import joblib
        with joblib.parallel_backend('dask'): pass
        with parallel_backend('dask'): pass
        """,
        """
        from joblib_dask_compat import parallel_backend
        with parallel_backend('dask'): pass
        with parallel_backend('dask'): pass
        """,
    ),
    "relative": (
        """
        from .externals import joblib
        from . import distributed
        joblib.parallel_backend('distributed')
        """,
        None,
    ),
    "shadowed": (
        """
        from sklearn.externals import joblib
        def fit(joblib):
            with joblib.parallel_backend('distributed'): pass
        """,
        """
        import joblib
        def fit(joblib):
            with joblib.parallel_backend('distributed'): pass
        """,
    ),
    "of a factory's arguments": (
        """
        import joblib
        import settings
        from joblib._dask import DaskDistributedBackend
        joblib.register_parallel_backend('dask', lambda: DaskDistributedBackend(settings.HOST, scatter=settings.DATA))
        with joblib.parallel_backend('dask'): pass
        """,
        """
        from joblib_dask_compat import parallel_backend
        import settings
        with parallel_backend('dask', scheduler_host=settings.HOST, scatter=settings.DATA): pass
        """,
    ),
    "of a ladder on few lines": (
        """
        try: from sklearn.externals import joblib; from sklearn.utils import Parallel
        except ImportError: import joblib; from joblib import Parallel
        try:
            from sklearn.externals.joblib import dump; import os
        except ImportError:
            import os; from joblib import dump; pass
        """,
        """
        import joblib
        from joblib import Parallel
        from joblib import dump; import os
        """,
    ),
    "of a ladder with others": (
        """
        try:
            from sklearn.externals.joblib import dump, load
        except ImportError:
            from joblib import dump
        """,
        """
        try:
            from joblib import dump, load
        except ImportError:
            from joblib import dump
        """,
    ),
    "in a class": (
        """
        class Search:
            from sklearn.externals.joblib import parallel_backend
            with parallel_backend('distributed'): pass
        """,
        """
        class Search:
            from joblib_dask_compat import parallel_backend
            with parallel_backend('dask'): pass
        """,
    ),
}


def lines(source):
    return textwrap.dedent(source).lstrip("\n")


@pytest.mark.parametrize("name", PROGRAMS)
def test_names(name):
    before, after = (lines(source) if source else None for source in PROGRAMS[name])
    rewritten, _ = migrate_source(before, "compat")
    assert rewritten == (after or before)
    assert migrate_source(rewritten, "compat")[0] == rewritten
