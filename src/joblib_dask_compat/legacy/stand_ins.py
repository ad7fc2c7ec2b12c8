"""What is inside the modules that stand in for removed ones, and behind the names that were taken out of others."""

import builtins
import functools
import importlib.util
import traceback
import warnings
from typing import Any, Callable, Dict

from ..copies import SITE, Copy, has_vendored, import_checked, used_by_sklearn
from ..registration import register_dask
from . import blocks


def _dask_classes() -> Dict[str, Any]:
    from ..backend import backend_class

    own = backend_class(Copy(SITE))
    return {"DaskDistributedBackend": own, "DistributedBackend": own}


def joblib_dask() -> Dict[str, Any]:
    """Return what ``joblib._dask`` holds, for a joblib that does not have it."""
    return _dask_classes()


def distributed_joblib() -> Dict[str, Any]:
    """Register the backend, which importing ``distributed.joblib`` did, and return what that module held."""
    register_dask()
    vendored = import_checked("sklearn.externals.joblib") if has_vendored() else None
    return dict(_dask_classes(), joblib=import_checked(SITE), sk_joblib=vendored)


def sklearn_utils_joblib() -> Dict[str, Any]:
    """Return what ``sklearn.utils._joblib`` held."""
    joblib = used_by_sklearn().module
    names = "Memory Parallel cpu_count delayed dump effective_n_jobs hash load logger parallel_backend"
    names += " register_parallel_backend __version__"
    return {"joblib": joblib, **{name: getattr(joblib, name) for name in names.split()}}


def of_joblib(name: str) -> Callable[[], Any]:
    """Return what finds a name in the joblib that scikit-learn uses."""
    return lambda: getattr(used_by_sklearn().module, name)


def parallel_backend() -> Any:
    """Return what stands in for ``sklearn.utils.parallel_backend``."""
    return blocks.parallel_backend


def register_parallel_backend() -> Any:
    """Return what stands in for ``sklearn.utils.register_parallel_backend``."""
    return blocks.register_parallel_backend


def fixes_delayed() -> Any:
    """Return what stands in for ``sklearn.utils.fixes.delayed``."""
    has_successor = importlib.util.find_spec("sklearn.utils.parallel") is not None
    return _delayed if has_successor else used_by_sklearn().parallel.delayed


def _delayed(function: Any) -> Any:
    """Capture scikit-learn's configuration with a call, as ``sklearn.utils.fixes.delayed`` did from 0.24 to 1.2.

    Its successor leaves that to scikit-learn's own ``Parallel``, which code of that time does not use.
    """
    from sklearn import get_config
    from sklearn.utils import parallel

    captured = parallel.delayed(function)

    @functools.wraps(function)
    def delayed_function(*args: Any, **kwargs: Any) -> Any:
        wrapped, args, kwargs = captured(*args, **kwargs)
        if hasattr(wrapped, "with_config_and_warning_filters"):  # scikit-learn >= 1.7
            wrapped.with_config_and_warning_filters(get_config(), warnings.filters)
        else:
            wrapped.with_config(get_config())
        return wrapped, args, kwargs

    return delayed_function


class WorkerInterrupt(Exception):  # noqa: N818 - its name in joblib
    """What joblib's own backends once turned a Ctrl-C in a worker into."""


def joblib_my_exceptions() -> Dict[str, Any]:
    """Return names for what tasks raise.

    joblib wrapped it: a ``ValueError`` arrived as ``JoblibValueError``. Now it arrives as it is, so the names of the
    wrappers mean the wrapped, and ``except JoblibException`` goes on catching whatever a task raised.
    """
    raised = {
        f"Joblib{name}": each
        for name, each in vars(builtins).items()
        if isinstance(each, type) and issubclass(each, Exception)
    }
    general = dict.fromkeys(("JoblibException", "TransportableException"), Exception)
    return {**raised, **general, "WorkerInterrupt": WorkerInterrupt}


def joblib_format_stack() -> Dict[str, Any]:
    """Return the functions of ``joblib.format_stack`` that were used elsewhere, over the module ``traceback``."""

    def format_exc(etype: Any, evalue: Any, etb: Any, context: int = 5, tb_offset: int = 0) -> str:
        return "".join(traceback.format_exception(etype, evalue, etb))

    def format_outer_frames(*_: Any, **__: Any) -> str:
        return "".join(traceback.format_stack()[:-1])

    return {"format_exc": format_exc, "format_outer_frames": format_outer_frames, "safe_repr": repr}


def joblib_compat() -> Dict[str, Any]:
    """Return what ``joblib._compat`` is on Python 3."""
    return {"PY3_OR_LATER": True, "PY27": False, "_basestring": str, "_bytes_or_unicode": (bytes, str)}
