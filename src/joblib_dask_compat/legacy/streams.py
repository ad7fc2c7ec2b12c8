"""Reading compressed files within limits: a small file may claim to be a huge one."""

import bz2
import io
import lzma
import zlib
from typing import Any, BinaryIO, Callable, Dict, Tuple

#: What a reading may take, unless the caller says otherwise.
MOST_BYTES = 2**32
MOST_OPCODES = 20 * 10**6

#: The most that one opcode of a pickle may carry in its own line, and the most that a decompressor may allocate.
_LONGEST_LINE = 2**20
_MOST_MEMORY = 2**28

_CHUNK = 2**16


class UnreadableError(ValueError):
    """A file is of a kind that cannot be read here, or is larger than the limit allows."""


class _Zlib:
    """zlib's decompressor, with the interface of bz2's and lzma's."""

    def __init__(self, wbits: int) -> None:
        self._own = zlib.decompressobj(wbits)

    @property
    def eof(self) -> bool:
        return self._own.eof

    @property
    def needs_input(self) -> bool:
        return not self._own.unconsumed_tail

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._own.decompress(self._own.unconsumed_tail + data, max_length)


#: The compressions of joblib, by the bytes that a file begins with.
_COMPRESSIONS: Dict[bytes, Tuple[str, Callable[[], Any]]] = {
    b"\x78": ("zlib", lambda: _Zlib(zlib.MAX_WBITS)),
    b"\x1f\x8b": ("gzip", lambda: _Zlib(zlib.MAX_WBITS | 16)),
    b"BZh": ("bz2", bz2.BZ2Decompressor),
    b"\xfd7zXZ\x00": ("xz", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MOST_MEMORY)),
    b"\x5d\x00": ("lzma", lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_MOST_MEMORY)),
}

#: What cannot be read here.
_UNREADABLE = {
    b"\x04\x22\x4d\x18": "it is compressed with lz4, which the standard library cannot read",
    b"ZF": "it is of joblib before 0.10, which kept its arrays in files beside it",
}


class Bytes:
    """The uncompressed bytes of a file, as `pickletools` reads them, and no more than a limit allows.

    Parameters
    ----------
    raw : file
        At the beginning of the pickle.
    most : int
        How many bytes may come out of a decompressor.
    """

    def __init__(self, raw: BinaryIO, most: int) -> None:
        start = raw.tell()
        self.size = raw.seek(0, io.SEEK_END) - start
        raw.seek(start)
        head = raw.read(8)
        raw.seek(start)
        for magic, reason in _UNREADABLE.items():
            if head.startswith(magic):
                raise UnreadableError(reason)
        self.compression, machine = next(
            (found for magic, found in _COMPRESSIONS.items() if head.startswith(magic)), ("none", None)
        )
        if machine is None:
            self._stream: Any = io.BufferedReader(raw) if isinstance(raw, io.RawIOBase) else raw
            self._left = self._most_at_once = self.size
        else:
            self._stream = io.BufferedReader(_Inflating(raw, machine()), _CHUNK)
            self._left, self._most_at_once = most, _MOST_MEMORY
        self.position = 0

    def tell(self) -> int:
        """Return how many bytes were read."""
        return self.position

    def check(self, count: int) -> None:
        """Give up where fewer bytes are left."""
        if count > self._left:  # and it may have thousands of digits
            raise UnreadableError(f"it says that more bytes follow than there are: there are at most {self._left:,}")

    def read(self, count: int) -> bytes:
        """Read so many bytes, or fewer at the end."""
        self.check(count)
        if count > self._most_at_once:
            raise UnreadableError(f"it has a value of more than {self._most_at_once:,} bytes")
        return self._took(self._stream.read(count))

    def readline(self) -> bytes:
        """Read to the end of a line."""
        line = self._took(self._stream.readline(min(self._left, _LONGEST_LINE) + 1))
        if len(line) > _LONGEST_LINE:
            raise UnreadableError(f"it has a line of more than {_LONGEST_LINE:,} bytes")
        return line

    def skip(self, count: int) -> None:
        """Pass over so many bytes, in pieces."""
        self.check(count)
        while count > 0:
            passed = len(self.read(min(count, _CHUNK)))
            if not passed:
                raise EOFError("it ends in the middle of an array")
            count -= passed

    def _took(self, data: bytes) -> bytes:
        self._left -= len(data)
        self.position += len(data)
        return data


class _Inflating(io.RawIOBase):
    """A decompressor as a stream; it never holds more than a chunk."""

    def __init__(self, raw: BinaryIO, machine: Any) -> None:
        self._raw = raw
        self._machine = machine

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._machine.eof:
            data = self._raw.read(_CHUNK) if self._machine.needs_input else b""
            if self._machine.needs_input and not data:
                raise EOFError("it is cut off")
            out = self._machine.decompress(data, len(buffer))
            if out:
                buffer[: len(out)] = out
                return len(out)
        return 0
