"""Removed import paths are opened on request, and closed without a trace."""

import subprocess
import sys
import textwrap


def python(code):
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done


def test_published_snippet_imports():
    done = python(
        """
        from joblib_dask_compat import legacy
        legacy.install()
        from joblib import _dask, parallel_backend
        from sklearn.utils import register_parallel_backend
        register_parallel_backend('distributed', _dask.DaskDistributedBackend)
        """
    )
    assert "LegacyImportWarning" not in done.stderr  # both exist or were put back; none was imported from nowhere


def test_gone_module_is_served_with_a_warning_at_the_users_line():
    done = python(
        """
        from joblib_dask_compat import legacy
        legacy.install()
        import sklearn.externals.joblib as old
        import joblib
        assert old.Parallel is joblib.Parallel
        """
    )
    assert "LegacyImportWarning: sklearn.externals.joblib is gone" in done.stderr
    assert "<string>:4:" in done.stderr


def test_uninstall_leaves_no_trace():
    python(
        """
        import sys
        import sklearn.utils, sklearn.externals, distributed, joblib
        from joblib_dask_compat import legacy
        import joblib_dask_compat.legacy
        before = list(sys.meta_path), set(vars(sklearn.utils)), set(vars(sklearn.externals)), set(vars(distributed))
        modules = {name for name in sys.modules if name.endswith("joblib")}
        legacy.install()
        legacy.install()
        import sklearn.externals.joblib, distributed.joblib
        legacy.uninstall()
        after = list(sys.meta_path), set(vars(sklearn.utils)), set(vars(sklearn.externals)), set(vars(distributed))
        assert after == before
        assert {name for name in sys.modules if name.endswith("joblib")} == modules
        legacy.uninstall()
        """
    )
