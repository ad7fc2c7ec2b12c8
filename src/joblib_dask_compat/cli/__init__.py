"""The command line: ``joblib-dask-compat`` or ``python -m joblib_dask_compat``.

Data goes to standard output, talk to standard error. Exit codes: 0 fine, 1 findings, 2 wrong usage or an error of this
program, 3 could not decide (no scheduler answered).
"""

import argparse
import contextlib
import importlib
import os
import sys
import traceback
from typing import Any, Callable, Iterator, List, Optional, TypeVar

from .. import __version__
from ..cluster import connect, local_cluster, scheduler_address
from ..errors import CompatError, ConnectError

_Number = TypeVar("_Number", int, float)

FINE, FINDINGS, WRONG, UNDECIDED = range(4)

#: One module each, with ``configure(parser)`` and ``run(arguments) -> int``; its docstring is the help.
COMMANDS = (
    "demo",
    "doctor",
    "caniuse",
    "pins",
    "upgrade",
    "explain",
    "run",
    "inspect-pickle",
    "migrate",
    "bench",
    "versions",
)


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="joblib-dask-compat",
        description="Run scikit-learn on a Dask cluster, whatever versions are installed.",
    )
    top.add_argument("--version", action="version", version=__version__)
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    for name in COMMANDS:
        module = importlib.import_module("." + name.replace("-", "_"), __name__)
        said = (module.__doc__ or "").strip()
        command = commands.add_parser(
            name,
            help=said.splitlines()[0].rstrip(".").lower(),
            description=said,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.configure(command)
        command.set_defaults(run=module.run)
    return top


def main(arguments: Optional[List[str]] = None) -> int:
    """Run a command and return its exit code."""
    top = parser()
    given = top.parse_args(arguments)
    if given.command is None:
        top.print_help(sys.stderr)
        return WRONG
    if given.command != "run":  # whose program has its own output
        _never_fail_to_print()
    try:
        return int(given.run(given))
    except ConnectError as exc:
        print(f"error: {exc}", file=sys.stderr)
        return UNDECIDED
    except CompatError as exc:
        print(f"error: {exc}", file=sys.stderr)
        return WRONG
    except BrokenPipeError:  # whoever reads the output has enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except Exception:
        # the interpreter's own exit code for this would be that of "findings"
        traceback.print_exc()
        return WRONG


def _never_fail_to_print() -> None:
    """Write escapes for what the output's encoding lacks: names of files, and of what is in them, may be anything."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)  # Python 3.7
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")


def add_format(command: argparse.ArgumentParser) -> None:
    """Add ``--format``, for commands that give data out."""
    command.add_argument("--format", choices=("text", "json"), default="text")


def positive(kind: Callable[[str], _Number]) -> Callable[[str], _Number]:
    """Return what reads a number above 0, for ``add_argument(type=...)``."""

    def number(text: str) -> _Number:
        found = kind(text)
        if not 0 < found < float("inf"):
            raise argparse.ArgumentTypeError(f"must be above 0, got {text!r}")
        return found

    number.__name__ = kind.__name__  # argparse names it where the text is no number
    return number


def add_scheduler(command: argparse.ArgumentParser) -> None:
    """Add ``--scheduler``, for commands that can use a running cluster."""
    command.add_argument(
        "--scheduler",
        metavar="ADDR",
        type=_address,
        help="a running scheduler: host:port, tcp://... or tls://...",
    )


def add_cluster(command: argparse.ArgumentParser) -> None:
    """Add ``--scheduler`` and ``--workers``, for commands that run something on a cluster (see `client_of`)."""
    add_scheduler(command)
    command.add_argument("--workers", type=positive(int), metavar="N", help="worker processes to start here")


@contextlib.contextmanager
def client_of(arguments: argparse.Namespace) -> Iterator[Any]:
    """Give a client of the cluster that was named, or of one on this machine for the length of the block."""
    if arguments.scheduler:
        with contextlib.closing(connect(arguments.scheduler)) as client:
            yield client
    else:
        with local_cluster(n_workers=arguments.workers) as client:
            yield client


def _address(text: str) -> str:
    try:
        return scheduler_address(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(str(exc)) from exc
