"""The warning of versions that are newer than anything that was measured; once in a process."""

import sys
import warnings
from typing import Iterator

from ..errors import UntestedVersionsWarning
from ..versions import Installed, versions
from . import records

_told = False


def warn_once() -> None:
    """Warn, at the line outside of this package that led here, if something installed is beyond all records.

    Warns
    -----
    UntestedVersionsWarning
    """
    global _told  # noqa: PLW0603 - one process, one set of versions
    if _told:
        return
    _told = True
    found = list(beyond(versions(), records.load()))
    if found:
        warnings.warn(
            "{}: nothing was measured with versions that new. They may well work; "
            "joblib-dask-compat caniuse --env says what is known.".format("; ".join(found)),
            UntestedVersionsWarning,
            stacklevel=_frames_inside() + 1,
        )


def beyond(installed: Installed, support: records.Support) -> Iterator[str]:
    """Yield what is newer than the newest version that was measured and works."""
    for axis in records.AXES:
        version, newest = getattr(installed, axis), support.newest(axis)
        if axis == "python":  # measured by minor version
            version = ".".join(version.split(".")[:2])
        if version is not None and records.parse(version) > records.parse(newest):
            yield f"{records.title(axis)} {version} (newest measured: {newest})"


def _frames_inside() -> int:
    """Return how many calls up the first one from outside of this package is, not counting contextlib's."""
    package, frame, depth = __name__.partition(".")[0], sys._getframe(1), 0
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] in (package, "contextlib"):
        frame, depth = frame.f_back, depth + 1  # type: ignore[assignment]
    return depth
