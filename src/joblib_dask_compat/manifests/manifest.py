"""What is read of a file, and what cannot be."""

import importlib
import re
import sys
from typing import Any, List, NamedTuple, Optional, Tuple

from packaging.markers import Marker
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from ..copies import provider
from .ranges import Ranges, WrongError, contradictory, minors

_RUNNING = "{}.{}".format(*sys.version_info)
_ABOUT_PYTHON = re.compile("python_(full_)?version")


class Source(NamedTuple):
    """A file, and the files that include it."""

    path: str
    inside: Tuple[str, ...] = ()

    def text(self) -> str:
        """Return what it holds."""
        with open(self.path, encoding="utf-8-sig") as stream:
            return stream.read()


class Note(NamedTuple):
    """Something in a file that is not among its ranges."""

    what: str
    why: str
    package: Optional[str]  #: that it is about; None, that cannot be told


class Manifest:
    """What a file says of versions.

    Parameters
    ----------
    python : str, optional
        The Python (3.8) for which it is read. A file that is for one Python says so by itself; else what only holds on
        some is read for the running one, and what is read is for that one.

    Attributes
    ----------
    ranges : dict
        By the name of the package, as `canonicalize_name` spells it; ``python`` is one of them.
    notes : list of Note
        On what could not be read.
    left_out : list of Note
        On packages that are not for the Python in question, and so may be there in any version, or not at all.
    """

    def __init__(self, python: Optional[str] = None) -> None:
        self.python = python
        self.ranges: Ranges = {}
        self.notes: List[Note] = []
        self.left_out: List[Note] = []

    def put(self, name: str, found: SpecifierSet) -> None:
        """Add a range of a package; several must hold together."""
        name = canonicalize_name(name)
        self.ranges[name] = self.ranges[name] & found if name in self.ranges else found

    def put_python(self, found: SpecifierSet) -> None:
        """Add a range of Pythons, of which minor versions matter."""
        self.put("python", minors(found))
        pinned = [each.version for each in self.ranges["python"] if each.operator == "=="]
        self.python = self.python or (pinned[0] if pinned and "*" not in pinned[0] else None)

    def note(self, what: str, why: str, package: Optional[str] = None) -> None:
        """Tell that something was not read."""
        self.notes.append(Note(what, why, package and canonicalize_name(package)))

    def takes(self, marker: Any, what: str, package: Optional[str] = None) -> bool:
        """Tell whether an environment marker holds; where it does not, what it is of is left out."""
        if not marker:
            return True
        if self.python is None and _ABOUT_PYTHON.search(str(marker)):
            self.put_python(SpecifierSet(f"=={_RUNNING}"))
            self.note("markers", f"read for Python {_RUNNING}, the running one; --python names another")
        if self.holds(marker):
            return True
        self.leave_out(what, package)
        return False

    def leave_out(self, what: str, package: Optional[str] = None) -> None:
        """Tell that something is not for the Python in question."""
        why = f"left out: its marker does not hold on Python {self.python or _RUNNING}"
        self.left_out.append(Note(what, why, package and canonicalize_name(package)))

    def holds(self, marker: Any) -> bool:
        """Tell whether an environment marker holds."""
        python = self.python or _RUNNING
        environment = {"python_version": python, "python_full_version": python + ".0", "extra": ""}
        return bool(Marker(str(marker)).evaluate(environment))

    def finish(self) -> "Manifest":
        """Check that the ranges can hold together, and forget what was left out of packages that are there after all.

        Raises
        ------
        WrongError
        """
        for name, found in self.ranges.items():
            if contradictory(found):
                raise WrongError(f"no version of {name} is {found}")
        self.left_out = [each for each in self.left_out if each.package not in self.ranges]
        return self


def reader(*names: str) -> Any:
    """Return the first of some modules that is installed."""
    for name in names:
        try:
            return importlib.import_module(name)
        except ImportError as exc:
            if exc.name != name:  # it is there, and does not work
                raise WrongError(f"reading it takes {name}, which fails to import: {exc}") from exc
    raise WrongError(f"reading it takes a package that is not installed: python -m pip install {provider(names[-1])}")


def not_utf8(exc: UnicodeDecodeError) -> str:
    """Say where a file is not text."""
    return f"it is not UTF-8: {exc.reason} at byte {exc.start}"


def table(found: Any) -> Any:
    """Return a table of a file; an empty one where there is something else."""
    return found if isinstance(found, dict) else {}


def listed(found: Any, what: str, kinds: Tuple[type, ...] = (dict,)) -> List[Any]:
    """Return a list of a file, of which each element is of some kind."""
    if not isinstance(found, list) or not all(isinstance(each, kinds) for each in found):
        raise WrongError(f"it has no list {what}")
    return found
