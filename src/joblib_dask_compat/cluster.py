"""Clusters: one on this machine for the length of a ``with``, and the connection to one."""

import contextlib
import datetime
import inspect
import multiprocessing
import signal
from typing import Any, Dict, Iterator, Optional, Set, Tuple, Union

from .copies import import_checked
from .errors import ConnectError, UnguardedMainError

LOOPBACK = "127.0.0.1"

#: What distributed does many times a second, on the cores that the tasks of a local cluster share with it: its default,
#: and how often `local_cluster` has it done. On two cores it took 7 % of them. A value that the user chose stays.
HOUSEKEEPING = {
    "distributed.admin.tick.interval": ("20ms", "500ms"),
    "distributed.admin.system-monitor.interval": ("500ms", "2s"),
    "distributed.worker.memory.monitor-interval": ("100ms", "500ms"),
    "distributed.worker.profile.interval": ("10ms", "100ms"),
    "distributed.scheduler.worker-ttl": (None, "5 minutes"),  # its default since 2022.4.2: see silence.py
}

#: What distributed has glibc's ``malloc`` do in workers, and here it does not: give memory back as soon as it is freed.
#: Every array of a fit then comes in new pages, which the system has to clear first. A grid search over support vector
#: machines took 7 % longer. https://distributed.dask.org/en/stable/worker-memory.html#automatically-trim-memory
ENVIRONMENT = "distributed.nanny.pre-spawn-environ"
TRIMMING = ("MALLOC_TRIM_THRESHOLD_", 65536)


@contextlib.contextmanager
def local_cluster(
    n_workers: Optional[int] = None, threads_per_worker: int = 1, processes: bool = True, **options: Any
) -> Iterator[Any]:
    """Start a cluster on this machine, reachable from this machine only, and end it with the block.

    Parameters
    ----------
    n_workers : int, optional
        As many as this machine has processors, by default.
    threads_per_worker : int
    processes : bool
        False, workers are threads of this process.
    **options
        For ``distributed.LocalCluster``: ``memory_limit``, ``dashboard_address``, ... The dashboard, where bokeh is
        installed, is on a free port of this machine's loopback unless an address is given.

    Yields
    ------
    distributed.Client
        The default client for the length of the block.

    Raises
    ------
    TypeError, ValueError
        An argument has a wrong type or value.
    UnguardedMainError
        A process that is only just starting came to this call: it imports the script that started it.

    Notes
    -----
    distributed before 2021.10 listened on every interface (CVE-2021-42343); here it never does.

    For the length of the block, dask's configuration has the cluster's processes look at themselves less often
    (`HOUSEKEEPING`), and its workers keep freed memory for the next task (`TRIMMING`), where it has distributed's
    defaults.
    """
    _check_count("n_workers", n_workers, optional=True)
    _check_count("threads_per_worker", threads_per_worker)
    if processes:
        _check_main()
    distributed = import_checked("distributed")
    takes = _parameters(distributed.LocalCluster)
    unknown = sorted(set(options) - takes - {"dashboard_address"})
    if unknown:
        raise TypeError("local_cluster() got an unknown option: {}".format(", ".join(unknown)))
    if n_workers is None:
        n_workers = max(1, multiprocessing.cpu_count() // threads_per_worker)
    keywords = dict(
        n_workers=n_workers,
        threads_per_worker=threads_per_worker,
        processes=processes,
        **_spelled(takes, options, processes),
    )
    with contextlib.ExitStack() as ending:
        ending.enter_context(_little_housekeeping())
        with _deaf_to_ctrl_c():
            cluster = distributed.LocalCluster(**keywords)
            ending.callback(_close, cluster)
        client = distributed.Client(cluster)
        ending.callback(client.close)
        yield client


@contextlib.contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Have what is started here, and by threads that are, not hear of Ctrl-C.

    A terminal sends it to the cluster's processes as well. Workers that it interrupts do not always end, and then their
    nannies wait for seconds; the client tells them what to do. It hears of it itself, if a little later.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _check_main() -> None:
    """Refuse to start processes in one that is only just starting, and imports the main module of its parent."""
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise UnguardedMainError(
            "A process that is only just starting came to the line that calls local_cluster().",
            "each worker is a new process, and first imports the script that started it.",
            'put what the script does under if __name__ == "__main__":',
            "docs/errors.md#unguarded-main",
        )


def _little_housekeeping() -> Any:
    """Configure what the cluster's processes do beside the tasks; nothing before dask 0.18, which has no such keys."""
    import dask

    if not hasattr(dask, "config"):
        return contextlib.ExitStack()
    chosen: Dict[str, Any] = {
        key: ours for key, (theirs, ours) in HOUSEKEEPING.items() if dask.config.get(key, None) == theirs
    }
    environment = dask.config.get(ENVIRONMENT, {})
    if TRIMMING in environment.items():
        chosen[ENVIRONMENT] = {name: value for name, value in environment.items() if (name, value) != TRIMMING}
    return dask.config.set(chosen)


def _spelled(takes: Any, options: Dict[str, Any], processes: bool) -> Dict[str, Any]:
    """Return options under the names that this release's ``LocalCluster`` knows."""
    spelled = dict(options)
    dashboard = spelled.pop("dashboard_address", None)
    if "dashboard_address" not in takes:  # distributed < 1.25
        spelled["diagnostics_port"] = _port(dashboard)
    else:
        # None does not mean none: at least from 2.30 to 2024.6 scheduler and workers then have an HTTP server each
        # that listens on every interface
        spelled["dashboard_address"] = dashboard or LOOPBACK + ":0"
        if "worker_dashboard_address" in takes:
            spelled.setdefault("worker_dashboard_address", LOOPBACK + ":0")
    spelled.setdefault("scheduler_port", 0)
    if not processes:
        return spelled  # nothing listens: all of it talks inside this process
    if "host" in takes:  # distributed >= 2.0; `ip`, the older spelling, gives workers no host there
        spelled.setdefault("host", LOOPBACK)
    else:
        spelled.setdefault("ip", LOOPBACK)
    return spelled


def _port(address: Any) -> Optional[int]:
    if address is None or isinstance(address, int):
        return address
    return int(str(address).rpartition(":")[2])


def _close(cluster: Any) -> None:
    """End a cluster's processes, also when some of them are gone already."""
    takes = _parameters(type(cluster).close)
    cluster.close(**({"timeout": 10} if "timeout" in takes else {}))


def _parameters(function: Any) -> Any:
    """Return the names of all arguments, those that a base class's constructor takes included."""
    names: Set[str] = set()
    for cls in inspect.getmro(function) if inspect.isclass(function) else ():
        if "__init__" in vars(cls):
            names.update(inspect.signature(vars(cls)["__init__"]).parameters)
    return names or set(inspect.signature(function).parameters)


def _check_count(name: str, value: Any, optional: bool = False) -> None:
    if value is None and optional:
        return
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an int, got {value!r}")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {value!r}")


def _give_up(client: Any) -> None:
    """Close a client that did not connect; its own failure is what matters, not that of closing it."""
    with contextlib.suppress(Exception):
        client.close(timeout=1)
    with contextlib.suppress(Exception):
        client._loop_runner.stop()  # distributed 2021.6, for one, has closed the client by now, and left its loop


#: What else to check, by the scheme of the address.
_TO_CHECK = {
    "tcp": "\nif that scheduler uses TLS: name it tls://..., and give certificates, security= or dask's configuration",
    "tls": "\nthe certificates of both sides, security= or dask's configuration, must be valid and from one authority"
    "\nif that scheduler does not use TLS: name it tcp://...",
}

#: Seconds after the connect timeout in which distributed itself may say what failed.
GRACE = 2.0


def _impatient(client_class: Any) -> Any:
    """Return a class of clients that also give up a peer which takes the connection and then says nothing."""
    from tornado import gen

    class Client(client_class):
        def _start(self, **options: Any) -> Any:
            starting = super()._start(**options)
            timeout = getattr(self, "_timeout", None) or options.get("timeout")  # the latter until distributed 1.21.3
            if not timeout:
                return starting
            deadline = datetime.timedelta(seconds=timeout + GRACE)
            return gen.with_timeout(deadline, starting, quiet_exceptions=Exception)

    return Client


def _reasons(exc: Optional[BaseException]) -> Iterator[str]:
    """Yield an exception and those behind it, of which often only the last says what was wrong."""
    before = ""
    while exc is not None:
        told = f"{type(exc).__name__}: {exc}".rstrip(": ")
        if told not in before:
            yield told
        before, exc = before + told, exc.__cause__ or exc.__context__


SchedulerHost = Union[str, Tuple[str, int]]


def scheduler_address(scheduler_host: SchedulerHost) -> str:
    """Return the address that distributed understands.

    Parameters
    ----------
    scheduler_host : str or tuple
        ``"host:port"``, ``"tcp://host:port"``, ``"tls://host:port"`` or ``(host, port)``.

    Raises
    ------
    TypeError, ValueError
        It is none of these.
    """
    if isinstance(scheduler_host, (tuple, list)):
        if len(scheduler_host) != 2:
            raise ValueError(f"scheduler_host must be (host, port), got {scheduler_host!r}")
        scheduler_host = "{}:{}".format(*tuple(scheduler_host))
    if not isinstance(scheduler_host, str):
        raise TypeError(f"scheduler_host must be a string or (host, port), got {scheduler_host!r}")
    address = scheduler_host if "://" in scheduler_host else "tcp://" + scheduler_host
    scheme, _, rest = address.partition("://")
    if "@" in rest or "?" in rest:  # not repeated: these are secrets, and what is raised here gets into logs
        raise ValueError("scheduler_host has neither user, password nor query; name it like 'scheduler:8786'")
    host, _, port = rest.rpartition(":")
    if scheme in ("tcp", "tls") and not (host and port.isdecimal() and 0 < int(port) < 65536):
        raise ValueError(f"scheduler_host must name host and port, like 'scheduler:8786', got {scheduler_host!r}")
    return address


def connect(scheduler_host: SchedulerHost, **options: Any) -> Any:
    """Connect to a scheduler; the client does not become the default one.

    Parameters
    ----------
    scheduler_host : str or tuple
        See `scheduler_address`.
    **options
        For ``distributed.Client``: ``security``, ``timeout`` (seconds), ``loop``.

    Returns
    -------
    distributed.Client

    Raises
    ------
    ConnectError
        No scheduler answered within the connect timeout.
    """
    address = scheduler_address(scheduler_host)
    distributed = import_checked("distributed")
    options = {name: value for name, value in options.items() if value is not None}
    # in two steps, because a client that did not connect must still be closed: it waits a minute for that otherwise,
    # when the interpreter ends
    impatient = _impatient(distributed.Client)
    client = impatient.__new__(impatient)
    default = distributed.client._get_global_client()
    try:
        client.__init__(address, set_as_default=False, **options)
        return client
    except Exception as exc:
        _give_up(client)
        raise ConnectError(
            f"No connection to a scheduler at {address} (distributed {distributed.__version__}).",
            "; because of ".join(_reasons(exc)),
            f"check that it runs there and can be reached: joblib-dask-compat doctor --scheduler {address}"
            + _TO_CHECK.get(address.partition("://")[0], ""),
            "docs/errors.md#connect",
        ) from exc
    finally:
        _forget_as_default(distributed.client, client, default)


def _forget_as_default(module: Any, client: Any, default: Any) -> None:
    """Undo what distributed does until 2021.5.0: the client became the default one all the same.

    See https://github.com/dask/distributed/issues/5425. Up to 1.21 there is one default, then a list of them.
    """
    if hasattr(module, "_del_global_client"):
        module._del_global_client(client)
    elif module._get_global_client() in (client, None):
        module._set_global_client(default)
