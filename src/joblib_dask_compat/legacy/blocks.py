"""The old ways to register a Dask backend and to enter it.

Old code names upstream's class, or a function that makes one, and expects the block that it enters to hold for
scikit-learn too. So a Dask backend is registered in every joblib copy, as the class that fits the copy, and entered in
every copy; whatever else is registered or entered is joblib's business.
"""

import contextlib
import functools
import inspect
from typing import Any, Callable, Dict, Iterator, List, Optional

from .. import context
from ..backend import backend_class
from ..cluster import connect
from ..copies import Copy, all_copies, used_by_sklearn
from ..registration import NAMES


def is_dask(made: Any) -> bool:
    """Tell whether something is a Dask backend: an object of, or the class of, this package or of upstream."""
    mro = (made if inspect.isclass(made) else type(made)).__mro__
    return bool({"DaskBackend", "DaskDistributedBackend", "DistributedBackend"} & {cls.__name__ for cls in mro})


def register_parallel_backend(name: str, factory: Any, make_default: bool = False) -> None:
    """Register a backend in every joblib copy, a Dask one in the form that each copy can use.

    Parameters
    ----------
    name : str
    factory : class or callable
        Upstream's class, this package's, or a function that returns an object of one; or any other backend.
    make_default : bool
    """
    for copy in all_copies():
        copy.parallel.register_parallel_backend(name, _fitting(factory, copy), make_default=make_default)


def _fitting(factory: Any, copy: Copy) -> Any:
    """Return a factory whose backends fit a joblib copy."""
    if inspect.isclass(factory):
        return backend_class(copy) if is_dask(factory) else factory

    @functools.wraps(factory)
    def fitting(**options: Any) -> Any:
        return adopted(_made(factory, options), copy)

    fitting.factory = factory  # type: ignore[attr-defined]
    return fitting


def _made(factory: Callable[..., Any], options: Dict[str, Any]) -> Any:
    """Call the user's factory, without joblib's own option ``nesting_level`` where the function is older than that."""
    takes = inspect.signature(factory).parameters.values()
    if not any(each.name == "nesting_level" or each.kind is each.VAR_KEYWORD for each in takes):
        options.pop("nesting_level", None)
    return factory(**options)


def adopted(backend: Any, copy: Copy) -> Any:
    """Return a backend's counterpart for a joblib copy, on the same client; anything but a Dask one as it is."""
    fits = backend_class(copy)
    if not is_dask(backend) or isinstance(backend, fits):
        return backend
    if hasattr(backend, "block"):
        counterpart = fits(block=backend.block)
    else:
        counterpart = fits(
            client=backend.client,
            scatter=getattr(backend, "_scatter", None) or None,
            wait_for_workers_timeout=getattr(backend, "wait_for_workers_timeout", 10),
            **getattr(backend, "submit_kwargs", {}),
        )
    counterpart.original = backend  # which may close its client when it is collected
    return counterpart


class _Entered:
    """A block that begins when it is made, as joblib's own does, not only with the ``with``."""

    #: Blocks that were not left; without a reference Python would leave them at once.
    begun: List[Any] = []

    def __init__(self, block: Any) -> None:
        self._block = block
        self._backend_and_n_jobs = block.__enter__()
        self.begun.append(block)

    def __enter__(self) -> Any:
        return self._backend_and_n_jobs

    def __exit__(self, *raised: Any) -> Any:
        self.begun.remove(self._block)
        return self._block.__exit__(*raised)

    def unregister(self) -> None:
        self.__exit__(None, None, None)


def parallel_backend(backend: Any, n_jobs: Optional[int] = -1, **options: Any) -> Any:
    """Enter a backend: a Dask one in every joblib copy, any other in the one that scikit-learn uses.

    Parameters
    ----------
    backend : str or object
        A name, or a backend.
    n_jobs : int or None
    **options
        For the backend. A Dask one takes ``scheduler_host`` (a string or a pair of host and port), ``scatter``,
        ``client``, ``loop`` and options for ``Client.submit``.

    Returns
    -------
    context manager
        It has begun already; its ``with`` gives the backend and ``n_jobs``.
    """
    return entering(used_by_sklearn(), None)(backend, n_jobs=n_jobs, **options)


def entering(copy: Copy, own: Optional[Callable[..., Any]]) -> Callable[..., Any]:
    """Return a ``parallel_backend`` for a joblib copy; `own` is joblib's, if something else stands in its place."""

    def parallel_backend(backend: Any, n_jobs: Optional[int] = -1, **options: Any) -> Any:
        joblibs = own or copy.parallel.parallel_backend
        if isinstance(backend, str):
            factory = _registered(backend)
            if factory is not None and not inspect.isclass(factory):
                made = _made(factory, options)
                if not is_dask(made):
                    return joblibs(made, n_jobs=n_jobs)
                return _Entered(_in_every_copy(made, n_jobs))
            if backend in NAMES or is_dask(factory):
                return _Entered(_dask_block(n_jobs, **options))
        return joblibs(backend, n_jobs=n_jobs, **options)

    return parallel_backend


def _registered(name: str) -> Any:
    """Return what the user registered under a name, in whichever copy."""
    found = [copy.parallel.BACKENDS[name] for copy in all_copies() if name in copy.parallel.BACKENDS]
    return getattr(found[0], "factory", found[0]) if found else None


@contextlib.contextmanager
def _in_every_copy(backend: Any, n_jobs: Optional[int]) -> Iterator[Any]:
    with contextlib.ExitStack() as stack:
        for copy in all_copies():
            stack.enter_context(copy.entered(adopted(backend, copy), n_jobs))
        yield used_by_sklearn().parallel.get_active_backend()


@contextlib.contextmanager
def _dask_block(n_jobs: Optional[int], loop: Any = None, **options: Any) -> Iterator[Any]:
    with contextlib.ExitStack() as stack:
        if loop is not None and options.get("scheduler_host") and options.get("client") is None:
            client = connect(options.pop("scheduler_host"), loop=loop)
            options["client"] = stack.enter_context(contextlib.closing(client))
        stack.enter_context(context.parallel_backend("dask", n_jobs=n_jobs, **options))
        yield used_by_sklearn().parallel.get_active_backend()


def standing_for(upstream: Any, copy: Copy) -> Any:
    """Return this package's backend for a joblib copy under the name of upstream's class.

    Upstream's class exists, and hangs: with which versions and for what, the advisories say. It also refuses what it
    once took, a pair of host and port for ``scheduler_host``, and passes joblib's own ``nesting_level`` to every task.
    """

    class DaskDistributedBackend(backend_class(copy)):  # type: ignore[misc]
        stands_for = upstream

    for name in ("__module__", "__qualname__"):
        setattr(DaskDistributedBackend, name, getattr(upstream, name))
    return DaskDistributedBackend
