"""Large values on their way to workers, which the client may not reach, or which may say nothing.

A worker whose process is stopped takes no value and refuses none, and distributed would wait for it
(https://github.com/dask/distributed/issues/6148). Here values then go to those that answer.
"""

import logging
import socket
import time
from typing import Any, Collection, List, Optional, Sequence

from .connection import GIVING_UP, Connection, NoAnswerError, address
from .errors import SilentWorkerError

_log = logging.getLogger(__name__)

#: Seconds in which a worker's host answers, if it can be reached at all.
REACHING = 1.0

#: Workers that may die, one after the other, while they take a call's values.
DEATHS = 3

#: Seconds after which it is asked, again and again, whether the workers are still there.
ASKING = 10.0


def scatter(connection: Connection, values: Sequence[Any], deaths: int = DEATHS) -> List[Any]:
    """Place each value on some worker, from which the others fetch it, and return their futures, in order.

    Anew, where a worker dies meanwhile. Not broadcast: distributed's Active Memory Manager drops the copies that no
    task waits for, while it makes them.

    Raises
    ------
    SilentWorkerError
        No worker says anything.
    SchedulerLostError
    """
    if connection.direct is None:
        connection.direct = reaches_a_worker(connection.workers())
    try:
        return _scattered(connection, values)
    except SilentWorkerError:
        raise
    except OSError:
        if connection.lost or not deaths:
            raise
    connection.direct = False  # one worker could be reached, and another not, or it died just now
    return scatter(connection, values, deaths - 1)


def reaches_a_worker(addresses: Collection[str]) -> bool:
    """Tell whether values may go straight to workers, and need not be sent twice, through the scheduler."""
    for each in addresses:
        _, _, place = each.rpartition("://")
        host, _, port = place.rpartition(":")
        try:
            with socket.create_connection((host.strip("[]"), int(port)), timeout=REACHING):
                return True
        except (OSError, ValueError):  # behind another network, or inproc://, which has no port
            return False
    return False


def _scattered(connection: Connection, values: Sequence[Any]) -> List[Any]:
    """Place values on some of the workers, and on some of those that answer if not all of them do."""
    workers: Optional[List[str]] = None
    if connection.silent:
        workers = [each for each in connection.workers() if each not in connection.silent] or None
    # In a list, or else dicts and lists are taken apart; not by hash, which for nested calls finds the key of
    # a value that is just being released (https://github.com/dask/distributed/issues/3703)
    options = {"direct": True} if connection.direct else {}
    client, given = connection.client, list(values)
    among, began = set(workers or connection.seen), time.monotonic()
    request = connection.ask(lambda: client.scatter(given, hash=False, asynchronous=True, workers=workers, **options))
    while True:
        try:
            return list(connection.answer(request, ASKING))
        except NoAnswerError:
            answering = connection.answering()
        if answering and not among.issubset(answering):
            _log.warning("no answer from %s: values go to other workers", ", ".join(among.difference(answering)))
            connection.silent = connection.silent.union(among).difference(answering)
            return _scattered(connection, values)
        if not answering and time.monotonic() - began > GIVING_UP:
            raise _silent(connection, time.monotonic() - began)


def _silent(connection: Connection, seconds: float) -> SilentWorkerError:
    return SilentWorkerError(
        f"No worker of the cluster at {address(connection.client)} has taken a large value or answered anything "
        f"for {seconds:.0f} seconds.",
        "their processes are stopped, cut off, or in code that holds the interpreter's lock.",
        "end those processes, and start workers anew; look at their logs first",
        "docs/errors.md#silent-worker",
    )
