"""The client program of the soak: threads that run blocks on one client, and write down what each block gave.

A block that is to fail is run again without its fault, as its user would, so that every task's result must arrive.
By `MAP`, distributed is given the same tasks without joblib: what that costs a scheduler is distributed's own.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from distributed import Client

from joblib_dask_compat import Parallel, delayed, parallel_backend


class InterruptingError(Exception):
    """What ends a call from outside its tasks."""


#: What the blocks are, in turns, and what those that fail must raise.
KINDS = ["plain", "large value", "plain", "raises", "plain", "named value", "interrupted", "plain", "unpicklable"]
FAILURES = {"raises": ArithmeticError, "interrupted": InterruptingError, "unpicklable": TypeError}

VALUE = np.ones(125_000)  # a megabyte

#: Ways to run the tasks.
BLOCKS, MAP = "blocks", "map"


def task(number: int, value: Any = None, raises: bool = False) -> tuple[int, str, int]:
    """Return the number, what no other run of this task can return, and where it ran."""
    if raises:
        raise ArithmeticError(number)
    time.sleep(number % 10 / 1000)  # its work, in which its worker may die
    return number, uuid.uuid4().hex, os.getpid()


def calls(kind: str, numbers: range) -> Iterator[Any]:
    value = VALUE if kind.endswith("value") else None
    for number in numbers:
        here = number == numbers[len(numbers) // 2]
        if here and kind == "interrupted":
            raise InterruptingError(number)
        given = threading.Lock() if here and kind == "unpicklable" else value
        yield delayed(task)(number, given, raises=here and kind == "raises")


def run(client: Client, kind: str, numbers: range) -> list[tuple[int, str, int]]:
    scatter = [VALUE] if kind == "named value" else None
    with parallel_backend("dask", client=client, scatter=scatter, wait_for_workers_timeout=120):
        results: list[tuple[int, str, int]] = Parallel()(calls(kind, numbers))
    return results


def block(client: Client, kind: str, numbers: range) -> dict[str, Any]:
    """Run a block, first with its fault if it has one, and return what is to be known of it."""
    told: dict[str, Any] = {"kind": kind, "numbers": [numbers.start, numbers.stop]}
    if kind in FAILURES:
        try:
            run(client, kind, numbers)
            told["unexpected"] = f"{kind}: nothing was raised"
        except FAILURES[kind]:
            pass
        except Exception as exc:
            told["unexpected"] = f"{kind}: {exc!r}"
    try:
        told["results"] = run(client, "plain" if kind in FAILURES else kind, numbers)
    except Exception as exc:
        told["unexpected"] = f"{kind}: {exc!r}"
    return told


def mapped(client: Client, numbers: range) -> dict[str, Any]:
    """Run a block's tasks as distributed does by itself, and return what is to be known of them."""
    futures = client.map(task, numbers, pure=False)
    return {"kind": MAP, "numbers": [numbers.start, numbers.stop], "results": client.gather(futures)}


def live(way: str, client: Client, blocks: Iterator[int], size: int, deadline: float, stream: TextIO) -> None:
    """Run blocks until there are no more, or the time is over."""
    for number in blocks:
        if time.time() > deadline:
            return
        numbers = range(number * size, (number + 1) * size)
        told = mapped(client, numbers) if way == MAP else block(client, KINDS[number % len(KINDS)], numbers)
        stream.write(json.dumps(told) + "\n")  # one write each: threads do not mix within a line


def tasks_left(client: Client, seconds: float = 10) -> int:
    """Return how many tasks the scheduler holds when it has had the time to forget them."""
    gc.collect()  # futures in a cycle with the traceback of a failure
    deadline = time.time() + seconds
    while left := client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)):
        if time.time() > deadline:
            break
        time.sleep(0.1)
    return int(left)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=[BLOCKS, MAP])
    parser.add_argument("address")
    parser.add_argument("folder", type=Path)
    for name in ("blocks", "size", "threads"):
        parser.add_argument(name, type=int)
    parser.add_argument("deadline", type=float)
    given = parser.parse_args()
    blocks = iter(range(given.blocks))
    with Client(given.address) as client, open(given.folder / "blocks.jsonl", "a", buffering=1) as stream:
        arguments = (given.way, client, blocks, given.size, given.deadline, stream)
        threads = [threading.Thread(target=live, args=arguments) for _ in range(given.threads)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        (given.folder / "left.json").write_text(json.dumps(tasks_left(client)), encoding="utf-8")


if __name__ == "__main__":
    main()
