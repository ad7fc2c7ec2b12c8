"""What is not sure is left alone, with its line and the reason, and what is sure in the same program is not."""

import textwrap

import pytest

from joblib_dask_compat.migrate.source import UnreadableError, migrate_source

#: What is left alone: in which spelling, on which line, for which reason, and a line that stays.
LEFT = {
    "a block outside of a with": (
        """
        from sklearn.externals.joblib import parallel_backend
        parallel_backend('distributed', n_jobs=2)
        """,
        {"compat": (2, "sets the backend for good")},
        "parallel_backend('distributed', n_jobs=2)",
    ),
    "a block that is entered twice": (
        """
        import joblib
        block = joblib.parallel_backend('dask')
        with block: pass
        with block: pass
        """,
        {"compat": (2, "not seen to be entered")},
        "block = joblib.parallel_backend('dask')",
    ),
    "a block among the bases of a class": (
        """
        import joblib
        class Strange(joblib.parallel_backend('dask')): pass
        """,
        {"compat": (2, "not seen to be entered")},
        "class Strange(joblib.parallel_backend('dask')): pass",
    ),
    "a block on a stack that is read": (
        """
        import joblib
        given = stack.enter_context(joblib.parallel_backend('dask'))
        """,
        {"compat": (2, "not seen to be entered")},
        "given = stack.enter_context(joblib.parallel_backend('dask'))",
    ),
    "what joblib's block gives": (
        """
        import joblib
        with joblib.parallel_backend('dask') as (backend, n_jobs):
            print(backend)
        """,
        {"compat": (2, "reads what joblib's own gives")},
        "with joblib.parallel_backend('dask') as (backend, n_jobs):",
    ),
    "an option of joblib's": (
        """
        import joblib
        with joblib.parallel_backend('dask', inner_max_num_threads=2): pass
        """,
        {"compat": (2, "does not take inner_max_num_threads=")},
        "with joblib.parallel_backend('dask', inner_max_num_threads=2): pass",
    ),
    "a third argument": (
        """
        import joblib
        with joblib.parallel_backend('dask', 2, 3): pass
        """,
        {"compat": (2, "third argument")},
        "with joblib.parallel_backend('dask', 2, 3): pass",
    ),
    "a function with other uses": (
        """
        from joblib import parallel_backend
        with parallel_backend('dask'): pass
        for each in [parallel_backend]: each('threading')
        """,
        {"compat": (2, "'parallel_backend' has other uses")},
        "with parallel_backend('dask'): pass",
    ),
    "a default backend": (
        """
        import joblib
        from joblib._dask import DaskDistributedBackend
        joblib.register_parallel_backend('distributed', DaskDistributedBackend, make_default=True)
        """,
        {"compat": (3, "in a way of its own"), "upstream": (3, "in a way of its own")},
        "joblib.register_parallel_backend('distributed', DaskDistributedBackend, make_default=True)",
    ),
    "a factory that is not seen through": (
        """
        from sklearn.externals import joblib
        from joblib._dask import DaskDistributedBackend
        def make(): return DaskDistributedBackend('h:1')
        joblib.register_parallel_backend('dask', make)
        with joblib.parallel_backend('dask'): pass
        """,
        {"compat": (4, "in a way of its own"), "upstream": (4, "in a way of its own")},
        "with joblib.parallel_backend('dask'): pass",
    ),
    "a factory whose client is another one at the block": (
        """
        import joblib
        from joblib._dask import DaskDistributedBackend
        joblib.register_parallel_backend('dask', lambda: DaskDistributedBackend(client=client))
        def fit(client):
            with joblib.parallel_backend('dask'): pass
        """,
        {"compat": (3, "in a way of its own"), "upstream": (3, "in a way of its own")},
        "    with joblib.parallel_backend('dask'): pass",
    ),
    "a registration by a name that is global": (
        """
        def prepare():
            global joblib
            from sklearn.externals import joblib
        def register():
            from joblib._dask import DaskDistributedBackend
            joblib.register_parallel_backend('distributed', DaskDistributedBackend)
        """,
        {"compat": (6, "in a way of its own"), "upstream": (6, "in a way of its own")},
        "    joblib.register_parallel_backend('distributed', DaskDistributedBackend)",
    ),
    "a path by a name that is global": (
        """
        def prepare():
            global sklearn
            import sklearn.externals.joblib
        def fit(): sklearn.externals.joblib.load('x')
        """,
        {"compat": (4, "declared global"), "upstream": (4, "declared global")},
        "    import sklearn.externals.joblib",
    ),
    "a name of one's own": (
        """
        import joblib
        from joblib._dask import DaskDistributedBackend
        joblib.register_parallel_backend('mine', DaskDistributedBackend)
        with joblib.parallel_backend('mine'): pass
        """,
        {"compat": (3, "a name of its own")},
        "with joblib.parallel_backend('mine'): pass",
    ),
    "a client instead of a factory": (
        """
        from sklearn.utils import register_parallel_backend
        register_parallel_backend("distributed", client)
        """,
        {},
        'register_parallel_backend("distributed", client)',
    ),
    "a name in Parallel": (
        """
        import distributed.joblib
        from joblib import Parallel
        Parallel(backend='distributed')
        """,
        {"upstream": (3, "only in a block")},
        "Parallel(backend='distributed')",
    ),
    "a path in a string": (
        """
        import importlib
        importlib.import_module('sklearn.externals.joblib')
        """,
        {"compat": (2, "a path in a string"), "upstream": (2, "a path in a string")},
        "importlib.import_module('sklearn.externals.joblib')",
    ),
    "a star": (
        """
        from distributed.joblib import *
        """,
        {"compat": (1, "star import"), "upstream": (1, "star import")},
        "from distributed.joblib import *",
    ),
    "what has no successor": (
        """
        from sklearn.externals.joblib.my_exceptions import JoblibValueError
        """,
        {"compat": (1, "as they were raised"), "upstream": (1, "as they were raised")},
        "from sklearn.externals.joblib.my_exceptions import JoblibValueError",
    ),
    "a name that is taken": (
        """
        import sklearn.externals.joblib
        joblib = None
        sklearn.externals.joblib.load('x')
        """,
        {"compat": (3, "'joblib' is another name here"), "upstream": (3, "'joblib' is another name here")},
        "sklearn.externals.joblib.load('x')",
    ),
    "a name that can be something else": (
        """
        try:
            from sklearn.externals import joblib
        except ImportError:
            joblib = None
        with joblib.parallel_backend('distributed'): pass
        """,
        {"compat": (5, "can be something else"), "upstream": (5, "can be something else")},
        "with joblib.parallel_backend('distributed'): pass",
    ),
    "an unknown name of a module that registered": (
        """
        import distributed.joblib as dj
        dj.sk_joblib.dump(1, 'x')
        """,
        {"compat": (2, "what it gives is not known"), "upstream": (2, "what it gives is not known")},
        "import distributed.joblib as dj",
    ),
    "scikit-learn's delayed": (
        """
        from joblib import Parallel
        from sklearn.utils.fixes import delayed
        """,
        {"compat": (2, "goes with its own Parallel"), "upstream": (2, "goes with its own Parallel")},
        "from joblib import Parallel",
    ),
}


def lines(source):
    return textwrap.dedent(source).lstrip("\n")


@pytest.mark.parametrize("target", ["compat", "upstream"])
@pytest.mark.parametrize("what", LEFT)
def test_it_says_which_line_and_why(what, target):
    source, reasons, stays = LEFT[what]
    rewritten, notes = migrate_source(lines(source), target)
    if target not in reasons:
        assert not notes
        return
    ((line, reason),) = notes
    assert line == reasons[target][0]
    assert reasons[target][1] in reason
    assert stays in rewritten.splitlines()


@pytest.mark.parametrize("target", ["compat", "upstream"])
@pytest.mark.parametrize("what", LEFT)
def test_twice_changes_nothing_more(what, target):
    once, _ = migrate_source(lines(LEFT[what][0]), target)
    assert migrate_source(once, target)[0] == once


OLD = "import sklearn.externals.joblib\n"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (OLD + "print 'Python 2'\n", "line 2: Missing parentheses"),
        (OLD + "if True:\nx = 1\n", "line 3"),
        (OLD + "x = '\n", "line 2"),
        (OLD + "if 1:\n\tx = 1\n        y = 1\n", "line 4"),
        (OLD + "x = " + "(" * 300 + ")" * 300, "too many nested"),
        (OLD + "x = " + "+".join("1" * 5000), "nested too deeply"),
        (OLD + "x = " + "not " * 20000 + "1", "nested too deeply"),
        (OLD + "x = '\0'\n", "null"),
        (OLD + "\x0cx = 1\n", "form feed"),
        ("import sklearn.externals.joblib\rx = 1\r", "bare CR"),
        (OLD + "x = 1\n" * 200000, "more than 1000000 characters"),
    ],
    ids=["Python 2", "block", "string", "tabs", "parens", "sum", "nots", "null", "form feed", "CR", "huge"],
)
def test_what_cannot_be_read_is_an_error(source, reason):
    with pytest.raises(UnreadableError, match=reason):
        migrate_source(source, "compat")


def test_what_is_not_about_joblib_is_not_read():
    assert migrate_source("print 'Python 2'\n", "compat") == ("print 'Python 2'\n", [])
