"""The block: ``with parallel_backend("dask"):``, in every joblib copy of the process at once."""

import contextlib
import functools
import inspect
import operator
import warnings
from typing import Any, Dict, Iterator, Optional, Sequence

from . import cluster, observed, skew
from .block import Block, Run
from .connection import Connection, default_client
from .copies import Copy, all_copies
from .errors import NothingRanOnClusterWarning, UnknownBackendError
from .registration import NAMES, check_preference, choices
from .routes import OWN, Choice


@contextlib.contextmanager
def parallel_backend(
    backend: str = "dask",
    n_jobs: Optional[int] = -1,
    client: Any = None,
    scheduler_host: Any = None,
    scatter: Optional[Sequence[Any]] = None,
    wait_for_workers_timeout: Optional[float] = 10,
    progress: bool = False,
    check_versions: bool = True,
    prefer: str = "auto",
    security: Any = None,
    **submit_kwargs: Any,
) -> Iterator[Any]:
    """Run joblib's and scikit-learn's parallel calls on a Dask cluster for the length of a block.

    Parameters
    ----------
    backend : str
        ``"dask"``, ``"distributed"`` or ``"dask.distributed"``. Any other name goes, with the other arguments, to
        every joblib copy's own ``parallel_backend``.
    n_jobs : int or None
        Tasks that may run at once; -1 and None, as many as the cluster has threads, now and later.
    client : distributed.Client, optional
        Default: `scheduler_host`, else the default client.
    scheduler_host : str or tuple, optional
        ``"host:port"``, ``"tcp://..."``, ``"tls://..."`` or ``(host, port)``. The block opens a client and closes it.
    scatter : list or tuple, optional
        Values to place on every worker once, for the length of the block: ``scatter=[X, y]``.
    wait_for_workers_timeout : float or None
        Seconds for which the cluster may be without a worker.
    progress : bool
        Show how many tasks ended and how many are on the cluster, on a terminal or in a notebook (extra ``progress``).
    check_versions : bool
        Compare the versions of client, scheduler and workers, once per client.
    prefer : {"auto", "upstream", "own"}
        See `joblib_dask_compat.register_dask`.
    security : distributed.security.Security, optional
        Certificates for a `scheduler_host` with TLS; default, those of dask's configuration.
    **submit_kwargs
        For ``Client.submit``: ``priority``, ``resources``, ``workers``, ``retries``, ...

    Yields
    ------
    Run
        ``tasks``, ``workers`` and ``route``.

    Raises
    ------
    TypeError, ValueError
        An argument has a wrong type or value; nothing was started.
    NoClientError, ConnectError, NoWorkersError, AsynchronousClientError, VersionSkewError, NoRouteError

    Warns
    -----
    NothingRanOnClusterWarning
        The block ended, and no task ran on the cluster.
    """
    if not isinstance(backend, str):
        raise TypeError(f"backend must be a string, got {backend!r}")
    if backend not in NAMES:
        # what this package would do for its own names is joblib's to interpret for the others
        named = {"client": client, "scheduler_host": scheduler_host, "scatter": scatter, "security": security}
        given = {name: value for name, value in named.items() if value is not None}
        with _entered_everywhere("parallel_backend", backend, n_jobs, dict(submit_kwargs, **given)) as joblib_result:
            yield joblib_result
        return
    _check_arguments(n_jobs, client, scheduler_host, scatter, wait_for_workers_timeout, security)
    _check_submit_kwargs(submit_kwargs)
    check_preference(prefer)
    with contextlib.ExitStack() as stack:
        if client is None and scheduler_host is not None:
            client = stack.enter_context(contextlib.closing(cluster.connect(scheduler_host, security=security)))
        connection = Connection(client if client is not None else default_client(), submit_kwargs)
        connection.check()
        chosen = choices(prefer)
        check = None
        if check_versions:
            upstream = any(choice.route is not OWN for choice in chosen)
            check = functools.partial(skew.check_once, connection.client, upstream)
            check()
        run = Run(chosen[0].route.name)
        block = Block(
            connection,
            [choice.copy.name for choice in chosen],
            scatter if any(choice.route is OWN for choice in chosen) else None,
            wait_for_workers_timeout,
            run,
            check,
        )
        stack.callback(block.close)
        if progress:
            from .progress import progress_bar

            stack.enter_context(progress_bar(block))
        for choice in chosen:
            instance = _instance(choice, block, scatter)
            stack.enter_context(choice.copy.entered(instance, n_jobs=-1 if n_jobs is None else n_jobs))
        yield run
    if not run.submitted:
        _warn_nothing_ran()


def parallel_config(backend: str = "dask", n_jobs: Optional[int] = -1, **options: Any) -> Any:
    """Do what `parallel_backend` does, under the name that joblib >= 1.3 prefers; works on every joblib.

    Parameters
    ----------
    backend : str
        Any other name than Dask's goes, with the options, to every joblib copy's own ``parallel_config``, or to its
        ``parallel_backend`` where it has none.
    n_jobs : int or None
    **options
        See `parallel_backend`.

    Returns
    -------
    context manager giving a Run
    """
    if isinstance(backend, str) and backend not in NAMES:
        return _entered_everywhere("parallel_config", backend, n_jobs, options)
    return parallel_backend(backend, n_jobs=n_jobs, **options)


def _instance(choice: Choice, block: Block, scatter: Optional[Sequence[Any]]) -> Any:
    if choice.route is OWN:
        return choice.backend(block=block)
    client, takes = block.connection.client, inspect.signature(choice.backend.__init__).parameters
    options = {"scatter": scatter, "wait_for_workers_timeout": block.wait_for_workers_timeout}
    # distributed.joblib before 1.21 opens a client of its own
    options.update({"client": client} if "client" in takes else {"scheduler_host": client.scheduler.address})
    known = {name: value for name, value in options.items() if name in takes}
    return observed.backend_class(choice.backend, block.run)(**known, **block.connection.submit_kwargs)


@contextlib.contextmanager
def _entered_everywhere(spelling: str, backend: str, n_jobs: Optional[int], options: Dict[str, Any]) -> Iterator[Any]:
    copies = [copy for copy in all_copies() if _knows(copy, backend)]
    if not copies:
        raise UnknownBackendError(
            f"No joblib of this process knows a backend {backend!r}.",
            "it is neither built into {} nor registered there.".format(
                " nor ".join(f"{copy.name} {copy.version}" for copy in all_copies())
            ),
            "one of: {}".format(", ".join(sorted(set(all_copies()[0].parallel.BACKENDS) | set(NAMES)))),
            "docs/errors.md#unknown-backend",
        )
    with contextlib.ExitStack() as stack:
        entered = [stack.enter_context(_spelled(copy, spelling)(backend, n_jobs=n_jobs, **options)) for copy in copies]
        yield entered[0]


def _spelled(copy: Copy, spelling: str) -> Any:
    return getattr(copy.parallel, spelling, copy.parallel.parallel_backend)


def _knows(copy: Copy, backend: str) -> bool:
    registries = ("BACKENDS", "EXTERNAL_BACKENDS", "MAYBE_AVAILABLE_BACKENDS")
    return any(backend in getattr(copy.parallel, name, ()) for name in registries)


def _check_arguments(
    n_jobs: Any, client: Any, scheduler_host: Any, scatter: Any, wait_for_workers_timeout: Any, security: Any
) -> None:
    if n_jobs is not None and (isinstance(n_jobs, bool) or not _is_index(n_jobs)):
        raise TypeError(f"n_jobs must be an int or None, got {n_jobs!r}")
    if n_jobs == 0:
        raise ValueError("n_jobs must not be 0: no task could run")
    if scatter is not None and not isinstance(scatter, (list, tuple)):
        raise TypeError(
            f"scatter must be a list or tuple of values, got {type(scatter).__name__}: write scatter=[X, y]"
        )
    if wait_for_workers_timeout is not None:
        if isinstance(wait_for_workers_timeout, bool) or not isinstance(wait_for_workers_timeout, (int, float)):
            raise TypeError(
                f"wait_for_workers_timeout must be a number of seconds or None, got {wait_for_workers_timeout!r}"
            )
        if not wait_for_workers_timeout >= 0:
            raise ValueError(f"wait_for_workers_timeout must not be negative, got {wait_for_workers_timeout!r}")
    if client is not None and scheduler_host is not None:
        raise TypeError("give client or scheduler_host, not both")
    if security is not None and scheduler_host is None:
        raise TypeError("security belongs to scheduler_host; a client has its own")
    if security is not None and not hasattr(security, "get_connection_args"):
        raise TypeError(f"security must be a distributed.security.Security, got {security!r}")
    if scheduler_host is not None:
        cluster.scheduler_address(scheduler_host)


def _is_index(value: Any) -> bool:
    try:
        operator.index(value)
    except TypeError:
        return False
    return True


#: Keywords of ``Client.submit`` in some release; it would take any other for an argument of the task.
_SUBMIT_KEYWORDS = (
    "workers",
    "resources",
    "retries",
    "priority",
    "fifo_timeout",
    "allow_other_workers",
    "actor",
    "actors",
)


def _check_submit_kwargs(submit_kwargs: Dict[str, Any]) -> None:
    unknown = sorted(set(submit_kwargs) - set(_SUBMIT_KEYWORDS))
    if unknown:
        raise TypeError(
            "parallel_backend() got an unknown option: {} (options for Client.submit: {})".format(
                ", ".join(unknown), ", ".join(_SUBMIT_KEYWORDS)
            )
        )


def _warn_nothing_ran() -> None:
    warnings.warn(
        "No task ran on the cluster in this block. Likely reasons: the estimator does not use joblib "
        "(StandardScaler, for one, has nothing to run in parallel); the section needs shared "
        "memory (require='sharedmem'), which a cluster has not; or the code took its Parallel from another copy of "
        "joblib (see joblib-dask-compat doctor).",
        NothingRanOnClusterWarning,
        stacklevel=4,
    )
