"""Say what a pickle names, without running any of it.

Loading a pickle runs code that the file names: look first, and load files only of people whom you would let run a
program on this machine. Lists the globals that loading would look up, and the versions that the file records. Exit
code 3 where the file could not be followed to its end; it may then name more.
"""

import argparse
import json

from ..errors import InputError
from . import FINE, UNDECIDED, add_format


def configure(command: argparse.ArgumentParser) -> None:
    command.add_argument("path", metavar="PATH", help="a file that joblib.dump or pickle.dump wrote")
    command.add_argument(
        "--max-bytes",
        type=int,
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
        print(f"{found.path}: pickle protocol {found.protocol}, compression {found.compression}, {found.arrays} arrays")
        for package, written in found.versions.items():
            print("written by {} {}".format(package, " and ".join(written)))
        print("\n".join(["loading it looks up", *(f"  {name}" for name in found.globals)]))
        if not found.complete:
            print(f"\nnot followed to its end, so it may name more: {found.reason}")
    return FINE if found.complete else UNDECIDED
