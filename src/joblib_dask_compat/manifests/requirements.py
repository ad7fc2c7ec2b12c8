"""Requirements files, line by line as pip reads them; environments of conda have such lines too."""

import os
import re
from typing import Iterator, Optional, Tuple
from urllib.parse import unquote, urlsplit

from packaging.utils import canonicalize_name

from ..versions import DISTRIBUTIONS, is_version
from .manifest import Manifest, Source, not_utf8
from .ranges import WrongError, requirement, specifiers

_NESTED = re.compile(r"(?:-r|--requirement|-c|--constraint)[ =]*(?P<path>\S.*)")
_EDITABLE = re.compile(r"(?:-e|--editable)[ =]*(?P<link>\S.*)")
#: Links, and paths to folders and files; a marker may follow.
_LINK = re.compile(
    r"(?P<link>\.{1,2}(\[[^\]]*\])?|\.{0,2}/.*?|[a-z+]+://\S*|[^ @;]*\.(whl|zip|tar\.gz))(\s*;\s*(?P<marker>.*))?",
    re.IGNORECASE,
)

#: Names of files that hold a package, the version among them.
_ARCHIVES = (
    re.compile(r"(?P<name>\w[\w.]*)-(?P<version>[^-]+)(?:-\d[^-]*)?-[^-]+-[^-]+-[^-]+\.whl"),
    re.compile(r"(?P<name>\w[\w.-]*)-(?P<version>\d[^-]*)\.(?:zip|tar\.gz)"),
)

#: What of a repository a link means.
_REVISION = re.compile(r"(@|/(archive|tarball|zipball)/).*")


def read(manifest: Manifest, source: Source) -> None:
    """Read a requirements file."""
    for number, text in lines(source.text()):
        try:
            read_line(manifest, source, text)
        except WrongError as exc:
            raise WrongError(f"line {number}: {exc}") from exc


def read_line(manifest: Manifest, source: Source, text: str) -> None:
    """Read a line of a requirements file; options that name no package say nothing of versions."""
    nested, editable = _NESTED.fullmatch(text), _EDITABLE.fullmatch(text)
    link = _LINK.fullmatch(text)
    if nested:
        _read_nested(manifest, source, nested.group("path"))
    elif editable:
        _read_link(manifest, text, editable.group("link"))
    elif link:
        if manifest.takes(link.group("marker"), text, _named_by(link.group("link"))[0]):
            _read_link(manifest, text, link.group("link"))
    elif not text.startswith("-"):
        named = requirement(text)
        if manifest.takes(named.marker, text, named.name):
            if named.url:
                _read_link(manifest, text, named.url, named.name)
            else:
                manifest.put(named.name, named.specifier)


def _read_nested(manifest: Manifest, source: Source, name: str) -> None:
    path = os.path.normpath(os.path.join(os.path.dirname(source.path), name))
    inside = (*source.inside, os.path.normpath(source.path))
    if path in inside:
        raise WrongError(f"{path} includes itself")
    try:
        read(manifest, Source(path, inside))
    except OSError as exc:
        raise WrongError(f"{path}: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise WrongError(f"{path}: {not_utf8(exc)}") from exc
    except WrongError as exc:
        raise WrongError(f"{path}: {exc}") from exc


def _read_link(manifest: Manifest, text: str, link: str, name: Optional[str] = None) -> None:
    """Read a link, which names a version only where it leads to a file that is named after it."""
    told, version = _named_by(link)
    if version is not None and told is not None and (name is None or canonicalize_name(name) == told):
        manifest.put(told, specifiers(f"=={version}"))
    else:
        manifest.note(text, "not read: what a link leads to may be any version", name or told)


def _named_by(link: str) -> Tuple[Optional[str], Optional[str]]:
    """Return the package that a link names, and its version; None for what it does not name."""
    parts = urlsplit(link)
    path = unquote(parts.path).rstrip("/")
    egg = re.search(r"(?:^|&)egg=([\w.-]+)", parts.fragment)
    if egg:
        return canonicalize_name(egg.group(1)), None
    for archive in _ARCHIVES:
        found = archive.fullmatch(os.path.basename(path))
        if found and is_version(found.group("version")):
            return canonicalize_name(found.group("name")), found.group("version")
    # a repository or a folder is called like its package: one that matters must not go unseen
    repository = os.path.basename(_REVISION.sub("", path))
    name = canonicalize_name(re.sub(r"\.git$", "", repository))
    return name if name in DISTRIBUTIONS.values() else None, None


def lines(text: str) -> Iterator[Tuple[int, str]]:
    """Yield the lines as pip reads them: continued ones joined; without comments and hashes."""
    joined, began = "", 1
    found = text.splitlines()
    for number, each in enumerate(found, 1):
        began = began if joined else number
        joined += re.sub(r"(^|\s)#.*$", "", each)
        if joined.endswith("\\"):
            joined = joined[:-1]
            if number < len(found):
                continue
        stripped = re.sub(r"\s--?[a-z].*$", "", joined.strip()) if not joined.startswith("-") else joined.strip()
        if stripped.strip():
            yield began, stripped.strip()
        joined = ""
