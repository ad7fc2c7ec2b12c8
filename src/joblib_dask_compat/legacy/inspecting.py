"""What a pickle names, found without running any of it.

A pickle is a program for a small stack machine. Here the program is read, opcode by opcode, over symbols instead of
objects: a global is only a name, and nothing is called. That is enough to tell where joblib's array wrappers are, after
which the bytes of an array lie in the midst of the program.
"""

import contextlib
import io
import os
from typing import Any, BinaryIO, Dict, Iterator, NamedTuple, Tuple

from .streams import MOST_BYTES, MOST_OPCODES, Bytes, UnreadableError
from .symbols import Machine, UnfollowableError


class Inspection(NamedTuple):
    """What `inspect` found.

    Attributes
    ----------
    path : str
    compression : str
        ``"none"``, ``"zlib"``, ``"gzip"``, ``"bz2"``, ``"xz"`` or ``"lzma"``.
    protocol : int
    globals : tuple of str
        ``"module.name"`` of everything that loading looks up, in the order of the first time.
    versions : dict
        What recorded its version, and the versions: ``{"sklearn": ("0.19.2",)}``.
    arrays : int
        Arrays that joblib wrote beside the program.
    complete : bool
        Whether the program was followed to its end; if not, it may name more.
    reason : str
        Why it was not.
    """

    path: str
    compression: str
    protocol: int
    globals: Tuple[str, ...]
    versions: Dict[str, Tuple[str, ...]]
    arrays: int
    complete: bool
    reason: str = ""


def inspect(path_or_file: Any, max_bytes: int = MOST_BYTES, max_opcodes: int = MOST_OPCODES) -> Inspection:
    """List the globals and the versions that a pickle names, without running any of it.

    What is listed is what ``joblib.load`` and ``pickle.load`` would look up. Whether it does harm is for the reader
    to judge: a list that holds nothing but scikit-learn's and numpy's classes is reassuring, one with
    ``builtins.eval`` or ``os.system`` is not. Where ``complete`` is False, the list may lack something.

    Parameters
    ----------
    path_or_file : str, path-like or file
        A file must be seekable; it is left where it was.
    max_bytes : int
        How many bytes may come out of a compressed file.
    max_opcodes : int
        How many steps the program may have.

    Returns
    -------
    Inspection

    Raises
    ------
    OSError
        The file cannot be opened.
    TypeError, ValueError
        An argument has a wrong type or value.
    """
    for option, limit in (("max_bytes", max_bytes), ("max_opcodes", max_opcodes)):
        if isinstance(limit, bool) or not isinstance(limit, int):
            raise TypeError(f"{option} must be an int, got {limit!r}")
        if limit < 0:
            raise ValueError(f"{option} must not be negative, got {limit!r}")
    with _opened(path_or_file) as (name, raw):
        machine = Machine(max_opcodes)
        compression, reason = "none", ""
        try:
            stream = Bytes(raw, max_bytes)
            compression = stream.compression
            machine.run(stream)
        except (UnfollowableError, UnreadableError, EOFError) as exc:
            reason = str(exc)
        except Exception as exc:  # pickletools and the decompressors have many words for "damaged"
            reason = f"it is damaged, or no pickle ({type(exc).__name__}: {exc})"
    return Inspection(
        name,
        compression,
        machine.protocol,
        tuple(machine.globals),
        {package: tuple(versions) for package, versions in machine.versions.items()},
        machine.arrays,
        complete=not reason,
        reason=reason,
    )


@contextlib.contextmanager
def _opened(path_or_file: Any) -> Iterator[Tuple[str, BinaryIO]]:
    if not hasattr(path_or_file, "read"):
        path = os.fspath(path_or_file)  # which is no number: that would be taken for a file that is open
        with open(path, "rb") as file:
            yield os.fsdecode(path), file
        return
    if isinstance(path_or_file, io.TextIOBase):
        raise TypeError(f"path_or_file must be open in binary mode, got {path_or_file!r}")
    start = path_or_file.tell()
    try:
        yield str(getattr(path_or_file, "name", "")), path_or_file
    finally:
        path_or_file.seek(start)
