"""Files that name versions: requirements, lock files, environments; each read to ranges by package.

``ranges`` has what versions are named with, ``manifest`` what is read of a file, and ``requirements``, ``locks`` and
``conda`` a format each, or several.

Nothing is parsed here that somebody else parses: TOML is read with ``tomllib`` (Python 3.11) or ``tomli``, YAML with
``yaml``, which distributed brings along. Where the module is missing, the error names what to install: a reader of our
own for part of a format would misread the rest of it in silence, and this package requires nothing but ``packaging``.
"""

import os
import re
import sys
from typing import Callable, Optional, Tuple

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from ..errors import InputError
from . import conda, locks, requirements
from .manifest import Manifest, Note, Source, not_utf8
from .ranges import Ranges, WrongError, contradictory, requirement, specifiers

__all__ = [
    "Manifest",
    "Note",
    "Ranges",
    "WrongError",
    "contradictory",
    "environment",
    "read",
    "requirement",
    "specifiers",
]

_READ = "docs/errors.md#input"

_READERS: Tuple[Tuple[str, Callable[[Manifest, Source], None]], ...] = (
    (r"uv\.lock$", locks.read_uv),
    (r"poetry\.lock$", locks.read_poetry),
    (r"Pipfile\.lock$", locks.read_pipfile),
    (r"pylock(\..+)?\.toml$", locks.read_pylock),
    (r"\.ya?ml$", conda.read),
    ("", requirements.read),
)


def read(path: str, python: Optional[str] = None) -> Manifest:
    """Return what a file says of versions.

    Parameters
    ----------
    path : str
        ``uv.lock``, ``poetry.lock``, ``pylock.toml``, ``Pipfile.lock``, ``environment.yml``; anything else is read as
        a requirements file.
    python : str, optional
        Which Python's part of it to read, where it has parts.

    Raises
    ------
    InputError
        It cannot be read, or is not what its name says.
    """
    name = os.path.basename(path)
    reader = next(reader for pattern, reader in _READERS if re.search(pattern, name))
    found = Manifest(python)
    try:
        reader(found, Source(path))
        return found.finish()
    except OSError as exc:
        raise _unreadable(path, exc.strerror or str(exc)) from exc
    except UnicodeDecodeError as exc:
        raise _unreadable(path, not_utf8(exc)) from exc
    except (WrongError, ValueError, RecursionError) as exc:
        raise _unreadable(path, " ".join(str(exc).split())) from exc


def environment() -> Ranges:
    """Return what is installed beside this interpreter, and its own version."""
    if sys.version_info >= (3, 8):
        from importlib import metadata
    else:
        import importlib_metadata as metadata
    ranges = {"python": SpecifierSet("=={}.{}".format(*sys.version_info))}
    for distribution in metadata.distributions():
        name, version = distribution.metadata["Name"], distribution.version
        try:
            ranges.setdefault(canonicalize_name(name), specifiers(f"=={version}"))
        except (WrongError, TypeError):  # what an interrupted installation leaves behind has no name
            continue
    return ranges


def _unreadable(path: str, why: str) -> InputError:
    return InputError(f"cannot read {path}", why, "", _READ)
