"""Lock files: uv.lock, poetry.lock, pylock.toml and Pipfile.lock."""

import json
import re
from typing import Any, Callable, Dict, List, Optional

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from .manifest import Manifest, Source, listed, reader, table
from .ranges import WrongError, minors, specifiers

_NO_VERSION = "not read: it has no version, only where it is from"


def read_uv(manifest: Manifest, source: Source) -> None:
    """Read a uv.lock."""
    locked = _toml(source)
    _for_pythons(manifest, locked.get("requires-python"))
    _packages(manifest, locked, "package", lambda package: package.get("resolution-markers", []))


def read_pylock(manifest: Manifest, source: Source) -> None:
    """Read a pylock.toml."""
    locked = _toml(source)
    _for_pythons(manifest, locked.get("requires-python"))
    _packages(manifest, locked, "packages", lambda package: [package["marker"]] if "marker" in package else [])


def read_poetry(manifest: Manifest, source: Source) -> None:
    """Read a poetry.lock."""

    def markers(package: Dict[str, Any]) -> List[Any]:
        found = package.get("markers")
        return list(found.values()) if isinstance(found, dict) else [found] if found else []

    locked = _toml(source)
    told = table(locked.get("metadata")).get("python-versions")
    allowed = _of_poetry(told) if isinstance(told, str) else None
    if allowed is not None:
        _for_pythons(manifest, allowed)
    elif told is not None:
        manifest.note(f"python-versions = {told!r}", "not read: it is no single range")
    _packages(manifest, locked, "package", markers)


def read_pipfile(manifest: Manifest, source: Source) -> None:
    """Read a Pipfile.lock."""
    locked = json.loads(source.text())
    if not isinstance(locked, dict) or not isinstance(locked.get("default"), dict):
        raise WrongError('it has no "default" packages')
    asked = table(table(locked.get("_meta")).get("requires"))
    python = asked.get("python_full_version") or asked.get("python_version")
    if python:
        manifest.put_python(specifiers(f"=={python}"))
    for name, package in locked["default"].items():
        if not isinstance(package, dict):
            raise WrongError(f"{name!r} is no table")
        if manifest.takes(package.get("markers"), name, name):
            if "version" in package:
                manifest.put(name, specifiers(str(package["version"])))
            else:
                manifest.note(name, _NO_VERSION, name)


def _toml(source: Source) -> Dict[str, Any]:
    found: Dict[str, Any] = reader("tomllib", "tomli").loads(source.text())
    return found


def _for_pythons(manifest: Manifest, told: Any) -> None:
    """Read the Pythons that a lock file is for; it is for no other."""
    allowed = minors(specifiers(str(told or "")))
    if manifest.python is not None and not allowed.contains(manifest.python):
        raise WrongError(f"it is for Python {told}, not {manifest.python}")
    if str(allowed):
        manifest.put_python(allowed)


def _packages(
    manifest: Manifest, locked: Dict[str, Any], key: str, markers: Callable[[Dict[str, Any]], List[Any]]
) -> None:
    """Read the packages of a TOML lock file; of several versions of one, that for the Python in question."""
    found: Dict[str, List[str]] = {}
    for package in listed(locked.get(key), f"[[{key}]]"):
        name, version, conditions = package.get("name"), package.get("version"), markers(package)
        if not isinstance(name, str):
            raise WrongError(f"a [[{key}]] has no name")
        if manifest.python is not None and conditions and not any(manifest.holds(each) for each in conditions):
            manifest.leave_out(name, name)
        elif version is None:  # it is from a folder or a repository
            manifest.note(name, _NO_VERSION, name)
        else:
            found.setdefault(canonicalize_name(name), []).append(str(version))
    for name, versions in found.items():
        if len(set(versions)) > 1:
            told = " and ".join(versions)
            raise WrongError(f"it has {name} {told}, for different environments: name the Python with --python")
        manifest.put(name, specifiers("==" + versions[0]))


#: How poetry spells ranges beside those of PEP 440, and what they mean.
_POETRY: Dict[str, Callable[[int, Optional[str]], str]] = {
    "^": lambda major, minor: f"<{major + 1}",
    "~": lambda major, minor: f"<{major}.{int(minor) + 1}" if minor else f"<{major + 1}",
}


def _of_poetry(text: str) -> Optional[SpecifierSet]:
    """Return a range that is spelled as poetry does (``^3.7``); None, it is more than one."""
    if "||" in text:
        return None
    parts = re.sub(r"([<>=!~^])\s+", r"\1", text).replace(",", " ").split()
    return specifiers(",".join(filter(None, map(_part_of_poetry, parts))))


def _part_of_poetry(part: str) -> str:
    found = re.fullmatch(r"([\^~])((\d{1,4})(?:\.(\d{1,4}))?(?:\.\d{1,4})?)", part)
    if found:
        sign, version, major, minor = found.groups()
        return f">={version},{_POETRY[sign](int(major), minor)}"
    if part == "*":
        return ""
    return f"=={part}" if part[0].isdigit() else part
