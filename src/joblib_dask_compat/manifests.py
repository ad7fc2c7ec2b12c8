"""Files that name versions: requirements, lock files, environments; each read to ranges by package.

Nothing is parsed here that somebody else parses: TOML is read with ``tomllib`` (Python 3.11) or ``tomli``, YAML with
``yaml``, which distributed brings along. Where the module is missing, the error names what to install: a reader of our
own for part of a format would misread the rest of it in silence, and this package requires nothing but ``packaging``.
"""

import importlib
import json
import os
import re
import sys
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from .copies import provider
from .errors import InputError

_READ = "docs/errors.md#input"

#: Ranges by the name of the package; ``python`` is one of them.
Ranges = Dict[str, SpecifierSet]


class WrongError(Exception):
    """Something in a file is not as its format has it; says what and where."""


class Source(NamedTuple):
    """A file, the Python (3.8) for which it is read, and the files that include it."""

    path: str
    python: Optional[str]
    inside: Tuple[str, ...] = ()

    def text(self) -> str:
        """Return what it holds."""
        with open(self.path, encoding="utf-8-sig") as stream:
            return stream.read()

    def holds(self, marker: Any) -> bool:
        """Tell whether an environment marker holds on the Python."""
        if not marker:
            return True
        python = self.python or "{}.{}".format(*sys.version_info)
        environment = {"python_version": python, "python_full_version": python + ".0", "extra": ""}
        return bool(Marker(str(marker)).evaluate(environment))


def read(path: str, python: Optional[str] = None) -> Ranges:
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
    try:
        return reader(Source(path, python))
    except OSError as exc:
        raise _unreadable(path, exc.strerror or str(exc)) from exc
    except UnicodeDecodeError as exc:
        raise _unreadable(path, _not_utf8(exc)) from exc
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


def specifiers(text: str) -> SpecifierSet:
    """Return a range; every version in it is one, which older releases of packaging do not check."""
    try:
        found = SpecifierSet(text)
        for each in found:
            Version(re.sub(r"\.\*$", "", each.version))
    except ValueError:  # also that of `int`, for thousands of digits
        raise WrongError(f"{text!r} is no range of versions") from None
    return found


def requirement(text: str) -> Requirement:
    """Return a requirement such as ``joblib==1.0.1``; what `specifiers` says of ranges holds here too."""
    try:
        found = Requirement(text)
        specifiers(str(found.specifier))
    except (ValueError, WrongError):
        raise WrongError(f"{text!r} is no requirement") from None
    return found


def _unreadable(path: str, why: str) -> InputError:
    return InputError(f"cannot read {path}", why, "", _READ)


def _not_utf8(exc: UnicodeDecodeError) -> str:
    return f"it is not UTF-8: {exc.reason} at byte {exc.start}"


def _put(ranges: Ranges, name: str, found: SpecifierSet) -> None:
    name = canonicalize_name(name)
    ranges[name] = ranges[name] & found if name in ranges else found


def _reader(*names: str) -> Any:
    """Return the first of some modules that is installed."""
    for name in names:
        try:
            return importlib.import_module(name)
        except ImportError as exc:
            if exc.name != name:  # it is there, and does not work
                raise WrongError(f"reading it takes {name}, which fails to import: {exc}") from exc
    raise WrongError(f"reading it takes a package that is not installed: python -m pip install {provider(names[-1])}")


# -- requirements files ------------------------------------------------------------------------------------------------

#: Lines that can name no version: options, and links and paths to files.
_IGNORED = re.compile(r"-|\.{0,2}/|[a-z+]+://|[^ @]*\.(whl|zip|tar\.gz)$", re.IGNORECASE)
_NESTED = re.compile(r"(?:-r|--requirement|-c|--constraint)[ =]*(?P<path>\S.*)")


def _requirements(source: Source) -> Ranges:
    ranges: Ranges = {}
    for number, text in _lines(source.text()):
        nested = _NESTED.match(text)
        try:
            if nested:
                for name, found in _nested(source, nested.group("path")).items():
                    _put(ranges, name, found)
            elif not _IGNORED.match(text):
                named = requirement(text)
                if source.holds(named.marker):
                    _put(ranges, named.name, named.specifier)
        except WrongError as exc:
            raise WrongError(f"line {number}: {exc}") from exc
    return ranges


def _nested(source: Source, name: str) -> Ranges:
    path = os.path.normpath(os.path.join(os.path.dirname(source.path), name))
    inside = (*source.inside, os.path.normpath(source.path))
    if path in inside:
        raise WrongError(f"{path} includes itself")
    try:
        return _requirements(Source(path, source.python, inside))
    except OSError as exc:
        raise WrongError(f"{path}: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise WrongError(f"{path}: {_not_utf8(exc)}") from exc
    except WrongError as exc:
        raise WrongError(f"{path}: {exc}") from exc


def _lines(text: str) -> Iterator[Tuple[int, str]]:
    """Yield the lines as pip reads them: continued ones joined; without comments and hashes."""
    joined, began = "", 1
    lines = text.splitlines()
    for number, each in enumerate(lines, 1):
        began = began if joined else number
        joined += re.sub(r"(^|\s)#.*$", "", each)
        if joined.endswith("\\"):
            joined = joined[:-1]
            if number < len(lines):
                continue
        stripped = re.sub(r"\s--?[a-z].*$", "", joined.strip()) if not joined.startswith("-") else joined.strip()
        if stripped.strip():
            yield began, stripped.strip()
        joined = ""


# -- lock files --------------------------------------------------------------------------------------------------------


def _packages(source: Source, key: str, markers: Callable[[Dict[str, Any]], List[Any]]) -> Ranges:
    """Read the packages of a TOML lock file; of several versions of one, that for the Python in question."""
    found: Dict[str, List[str]] = {}
    for package in _list(_reader("tomllib", "tomli").loads(source.text()).get(key), f"[[{key}]]"):
        name, version = package.get("name"), package.get("version")
        if not isinstance(name, str):
            raise WrongError(f"a [[{key}]] has no name")
        conditions = markers(package)
        # a package from a folder has no version
        chosen = source.python is None or not conditions or any(source.holds(each) for each in conditions)
        if version is not None and chosen:
            found.setdefault(canonicalize_name(name), []).append(str(version))
    ranges: Ranges = {}
    for name, versions in found.items():
        if len(set(versions)) > 1:
            told = " and ".join(versions)
            raise WrongError(f"it has {name} {told}, for different environments: name the Python with --python")
        ranges[name] = specifiers("==" + versions[0])
    return ranges


def _uv(source: Source) -> Ranges:
    return _packages(source, "package", lambda package: package.get("resolution-markers", []))


def _poetry(source: Source) -> Ranges:
    def markers(package: Dict[str, Any]) -> List[Any]:
        found = package.get("markers")
        return list(found.values()) if isinstance(found, dict) else [found] if found else []

    return _packages(source, "package", markers)


def _pylock(source: Source) -> Ranges:
    return _packages(source, "packages", lambda package: [package["marker"]] if "marker" in package else [])


def _pipfile(source: Source) -> Ranges:
    locked = json.loads(source.text())
    if not isinstance(locked, dict) or not isinstance(locked.get("default"), dict):
        raise WrongError('it has no "default" packages')
    ranges: Ranges = {}
    for name, package in locked["default"].items():
        if not isinstance(package, dict):
            raise WrongError(f"{name!r} is no table")
        if "version" in package and source.holds(package.get("markers")):
            _put(ranges, name, specifiers(str(package["version"])))
    asked = _table(_table(locked.get("_meta")).get("requires"))
    python = asked.get("python_full_version") or asked.get("python_version")
    if python:
        ranges["python"] = _minor(specifiers(f"=={python}"))
    return ranges


# -- environments ------------------------------------------------------------------------------------------------------

#: conda's package dask brings the distributed of the same version, exactly since its versions are dates.
_DASK_BRINGS_DISTRIBUTED = ">=2021.6"

#: What may follow a package's name, and where the version is in it.
_CONDA_FORMS = (
    (r"", ""),
    (r"=([^=<>!~,|\s]+)=\S*", "{0}"),  # =1.0.2=py38_0, as exported
    (r"(\d[^\s,|]*)\s+\S+", "{0}"),  # 1.0.2 py38_0
    (r"\[.*?version=(['\"]?)([^'\"\]|]+)\1.*\]", "{1}"),  # [version='>=1,<2']
    (r"([=<>!~\d][^|]*)", "{0}"),
)


def _environment(source: Source) -> Ranges:
    yaml = _reader("yaml")
    try:
        found = yaml.safe_load(source.text())
    except yaml.YAMLError as exc:
        raise WrongError(str(exc)) from exc
    if not isinstance(found, dict):
        raise WrongError("it has no dependencies")
    ranges: Ranges = {}
    for each in _list(found.get("dependencies"), "dependencies", (str, dict)):
        if isinstance(each, str):
            _put(ranges, *_conda(each))
            continue
        for _, text in _lines("\n".join(_list(each.get("pip"), "pip", (str,)))):  # conda has pip read these lines
            if not _IGNORED.match(text):
                named = requirement(text)
                if source.holds(named.marker):
                    _put(ranges, named.name, named.specifier)
    dask = ranges.get("dask")
    if dask is not None and "distributed" not in ranges:
        pinned = [each.version for each in dask if each.operator == "=="]
        if pinned and SpecifierSet(_DASK_BRINGS_DISTRIBUTED).contains(pinned[0].replace(".*", "")):
            ranges["distributed"] = dask
    if "python" in ranges:
        ranges["python"] = _minor(ranges["python"])
    return ranges


def _conda(text: str) -> Tuple[str, SpecifierSet]:
    """Return a package of conda and its range, from any of the forms that an environment may have it in."""
    match = re.fullmatch(r"(?:\S+::)?([\w.-]+)\s*(.*)", text.strip())
    if match is None:
        raise WrongError(f"{text!r} is no package of conda")
    name, rest = match.groups()
    for form, told in _CONDA_FORMS:
        found = re.fullmatch(form, rest)
        if found:
            return name, specifiers(",".join(map(_conda_part, told.format(*found.groups()).split(","))))
    raise WrongError(f"{text!r} is no package of conda")


def _conda_part(text: str) -> str:
    """Return a part of a range as PEP 440 has it: in conda, one ``=`` means whatever begins so."""
    text = text.strip()
    if re.match(r"=[^=]", text):
        return "==" + re.sub(r"\.?\*$", "", text[1:].strip()) + ".*"
    return "==" + text if re.match(r"\d", text) else text


def _minor(ranges: SpecifierSet) -> SpecifierSet:
    """Return a range of Pythons in terms of minor versions, which are what is measured: 3.8.18 and 3.8.* are 3.8."""
    told = []
    for each in ranges:
        release = each.version.replace(".*", "").split(".")
        if len(release) > 2 and each.operator not in ("==", ">="):
            raise WrongError(f"python {each} divides a minor version")
        told.append(each.operator + ".".join(release[:2]))
    return SpecifierSet(",".join(told))


def _table(found: Any) -> Dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _list(found: Any, what: str, kinds: Tuple[type, ...] = (dict,)) -> List[Any]:
    if not isinstance(found, list) or not all(isinstance(each, kinds) for each in found):
        raise WrongError(f"it has no list {what}")
    return found


_READERS: Tuple[Tuple[str, Callable[[Source], Ranges]], ...] = (
    (r"uv\.lock$", _uv),
    (r"poetry\.lock$", _poetry),
    (r"Pipfile\.lock$", _pipfile),
    (r"pylock(\..+)?\.toml$", _pylock),
    (r"\.ya?ml$", _environment),
    ("", _requirements),
)
