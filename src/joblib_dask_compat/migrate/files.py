"""Files: which there are, how each is read, and how it is written so that nothing can be lost."""

import difflib
import io
import os
import re
import stat
import tempfile
import tokenize
from typing import Iterator, List, NamedTuple, Sequence, Tuple, Union

from .decisions import Note
from .idioms import concerned
from .notebooks import CellNote, migrate_notebook
from .source import UnreadableError, migrate_source

SUFFIXES = (".py", ".pyw", ".ipynb")

#: Folders that hold other people's code, or nothing to read.
SKIPPED = ("__pycache__", "node_modules", "site-packages")

_LINE = re.compile(r"[^\n]*\n|[^\n]+")


class Outcome(NamedTuple):
    """What became of one file: its text before and after, what was left alone, or why it could not be rewritten."""

    path: str
    before: str = ""
    after: str = ""
    encoding: str = "utf-8"
    data: bytes = b""
    notes: Sequence[Union[Note, CellNote]] = ()
    error: str = ""

    @property
    def changed(self) -> bool:
        """Whether something is to be written."""
        return not self.error and self.after != self.before


def find(paths: Sequence[str]) -> Iterator[str]:
    """Yield the files to read, each once: those that are named, and scripts and notebooks below a folder.

    Below a folder, hidden folders, virtual environments and symbolic links are passed over.
    """
    seen = set()
    for path in paths:
        for each in sorted(_below(path)) if os.path.isdir(path) else [path]:
            real = os.path.realpath(each)
            if real not in seen:
                seen.add(real)
                yield each


def _below(folder: str) -> Iterator[str]:
    unread: List[OSError] = []
    for here, folders, names in os.walk(folder, onerror=unread.append):
        folders[:] = [
            each
            for each in folders
            if not each.startswith(".")
            and each not in SKIPPED
            and not os.path.exists(os.path.join(here, each, "pyvenv.cfg"))
        ]
        for name in names:
            path = os.path.join(here, name)
            if name.endswith(SUFFIXES) and not os.path.islink(path):
                yield path
    yield from [str(each.filename) for each in unread]


def migrate_file(path: str, target: str) -> Outcome:
    """Read a file and rewrite its text; nothing is written.

    Parameters
    ----------
    path : str
        A notebook by its suffix ``.ipynb``, else a script.
    target : {"compat", "upstream"}
    """
    try:
        data = _read(path)
        if not concerned(data.decode("latin-1")):
            return Outcome(path)
        encoding, text = _decoded(path, data)
        mark = "\ufeff" if text.startswith("\ufeff") else ""
        migrate = migrate_notebook if path.endswith(".ipynb") else migrate_source
        after, notes = migrate(text[len(mark) :], target)
    except (OSError, UnreadableError) as exc:
        return Outcome(path, error=getattr(exc, "strerror", None) or str(exc))
    return Outcome(path, text, mark + after, encoding, data, notes)


def _read(path: str) -> bytes:
    if os.path.isdir(path):
        os.listdir(path)  # `find` names a folder only where this fails
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise UnreadableError("not a file")
    with open(path, "rb") as file:
        return file.read()


def _decoded(path: str, data: bytes) -> Tuple[str, str]:
    """Return the encoding of a file, a script's as PEP 263 has it, and the text, with its mark if it has one."""
    encoding = "utf-8"
    try:
        if not path.endswith(".ipynb"):
            encoding = tokenize.detect_encoding(io.BytesIO(data).readline)[0].replace("utf-8-sig", "utf-8")
        text = data.decode(encoding)
        if text.encode(encoding) != data:
            raise UnreadableError(f"not the same after being read and written as {encoding}")
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        raise UnreadableError(f"line {line} is not {encoding}, and no other encoding is declared") from exc
    except (SyntaxError, LookupError, UnicodeError) as exc:
        raise UnreadableError(str(exc)) from exc
    return encoding, text


def diff(outcome: Outcome) -> bytes:
    """Return what would change, as ``patch -p1`` and ``git apply`` take it, in the file's own encoding."""
    path = outcome.path.replace(os.sep, "/").lstrip("/")
    before, after = _LINE.findall(outcome.before), _LINE.findall(outcome.after)
    lines = difflib.unified_diff(before, after, f"a/{path}", f"b/{path}")
    whole = "".join(each if each.endswith("\n") else each + "\n\\ No newline at end of file\n" for each in lines)
    return whole.encode(outcome.encoding, "backslashreplace")


def written(outcome: Outcome) -> Outcome:
    """Put the new text in the place of the file, at once: whatever happens, one of the two is there, and whole.

    Returns
    -------
    Outcome
        With an error where that failed; the file is then as it was.
    """
    try:
        _write(outcome)
    except (OSError, UnreadableError) as exc:
        return outcome._replace(error=getattr(exc, "strerror", None) or str(exc))
    return outcome


def _write(outcome: Outcome) -> None:
    path = os.path.realpath(outcome.path)  # a symbolic link stays one
    status = os.stat(path)
    if not status.st_mode & _WRITABLE or not os.access(path, os.W_OK):
        raise UnreadableError("read-only")
    number, temporary = tempfile.mkstemp(".tmp", ".", os.path.dirname(path))
    try:
        with open(number, "wb") as file:
            file.write(outcome.after.encode(outcome.encoding))
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, stat.S_IMODE(status.st_mode))
        if hasattr(os, "chown"):
            os.chown(temporary, status.st_uid, status.st_gid)
        if _read(path) != outcome.data:
            raise UnreadableError("changed by somebody else in the meantime")
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


_WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
