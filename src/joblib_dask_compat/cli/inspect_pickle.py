"""Say what a pickle names, without running any of it.

Loading a pickle runs code that the file names: look first, and load files only of people whom you would let run a
program on this machine. Lists the globals that loading would look up, and the versions that the file records. Exit
code 3 where the file could not be followed to its end; it may then name more.
"""

import argparse
import json
from typing import Any, Iterator

from ..errors import InputError
from . import FINE, UNDECIDED, add_format, positive


def configure(command: argparse.ArgumentParser) -> None:
    command.add_argument("path", metavar="PATH", help="a file that joblib.dump or pickle.dump wrote")
    command.add_argument(
        "--max-bytes",
        type=positive(int),
        default=2**32,
        metavar="N",
        help="how many bytes may come out of a compressed file (default: %(default)s)",
    )
    add_format(command)


def run(arguments: argparse.Namespace) -> int:
    from ..legacy import inspect

    try:
        found = inspect(arguments.path, max_bytes=arguments.max_bytes)
    except OSError as exc:
        raise InputError(f"{arguments.path}: {exc.strerror}") from exc
    if arguments.format == "json":
        print(json.dumps(dict(found._asdict(), schema_version=1), indent=2))
    else:
        print("\n".join(map(_visible, _told(found))))
    return FINE if found.complete else UNDECIDED


def _told(found: Any) -> Iterator[str]:
    yield f"{found.path}: pickle protocol {found.protocol}, compression {found.compression}, {found.arrays} arrays"
    for package, written in found.versions.items():
        yield "written by {} {}".format(package, " and ".join(written))
    yield "loading it looks up"
    yield from (f"  {name}" for name in found.globals)
    if not found.complete:
        yield ""
        yield f"not followed to its end, so it may name more: {found.reason}"


def _visible(line: str) -> str:
    """Return a line with escapes for what a terminal would obey: a file could hide one of its names by it."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in line)
