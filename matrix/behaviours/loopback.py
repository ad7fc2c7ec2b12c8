"""All that ``local_cluster`` starts listens on loopback only; upstream's part is a ``LocalCluster`` as it comes."""

import ipaddress
import os

import psutil

LIMIT = 45

WORKERS = 2


def check(stage):
    stage.require(stage.column != "seed", "the published snippet starts no cluster")
    before = set(listening())
    with started(stage):
        stage.until(lambda: complete(set(listening()) - before), 20, "not all of a cluster's sockets were found")
        found = set(listening()) - before
    where = {interface(ip) for _, ip, _ in found} - {"loopback"}
    assert not where, "sockets listen on {}".format(" and ".join(sorted(where)))


def started(stage):
    """Return a context manager that starts the column's cluster of worker processes."""
    if stage.column == "compat":
        from joblib_dask_compat import local_cluster

        return local_cluster(n_workers=WORKERS)

    # without a client, which would stay the default one in place of the stage's
    from distributed import LocalCluster

    return LocalCluster(n_workers=WORKERS, threads_per_worker=1)


def listening():
    """Yield the TCP sockets, of IPv4 and IPv6, that this process and those below it listen on: pid, address, port."""
    here = psutil.Process()
    for process in [here, *here.children(recursive=True)]:
        try:
            # renamed by psutil 6
            sockets = getattr(process, "net_connections", None) or process.connections
            for each in sockets(kind="tcp"):
                if each.status == psutil.CONN_LISTEN:
                    yield process.pid, each.laddr[0], each.laddr[1]
        except psutil.NoSuchProcess:  # a helper that ended meanwhile
            pass


def complete(sockets):
    """Tell whether scheduler and nannies, which live in this process, and all workers are among the sockets' owners."""
    owners = [pid for pid, _, _ in sockets]
    return owners.count(os.getpid()) >= 1 + WORKERS and len(set(owners) - {os.getpid()}) >= WORKERS


def interface(ip):
    address = ipaddress.ip_address(ip)
    if address.is_loopback:
        return "loopback"
    return "every interface" if address.is_unspecified else "one that is not local"
