"""Tasks packed to be sent: bytes, and the futures of the large values that they refer to."""

import time
import uuid
from typing import Any, List, NamedTuple, Tuple

from . import serialize, worker
from .jobs import Job, described
from .placement import CallValues

Item = Tuple[Job, int]  # a task: which job it belongs to, and where in it

#: Bytes from which on no further batch joins those that are sent in one message.
TOGETHER = 1 << 20


class Batch(NamedTuple):
    """Tasks that are on the cluster together."""

    items: List[Item]
    placed: List[Any]  #: futures of the large values that they use


class Parcel(NamedTuple):
    """A batch that is ready to be sent."""

    key: str
    data: bytes
    batch: Batch
    weight: int  #: bytes, as far as `TOGETHER` goes: the next batch need not wait for this one's large values
    seconds: float  #: that pickling took


def packed(items: List[Item], order: worker.Order, values: CallValues) -> Parcel:
    """Pack tasks into one batch, and place what large values of theirs are not on the cluster yet.

    Raises
    ------
    Exception
        Whatever pickling, or placing, raised.
    """
    tasks = [job.tasks[position] for job, position in items]
    large = serialize.LargeValues(always=values.named.values)
    started = time.perf_counter()
    data = serialize.dumps((tuple(order), tasks), large)
    seconds = time.perf_counter() - started
    weight = TOGETHER if values.lack(large.values) else len(data)
    placed = values.futures(large.values)
    return Parcel(f"{described(tasks)}-{uuid.uuid4().hex}", data, Batch(items, placed), weight, seconds)
