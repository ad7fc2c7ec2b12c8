"""Write down the final releases of joblib, scikit-learn and distributed.

    python matrix/releases.py

A cell takes its companions as of a release date, so the dates are facts that are checked in, not
something looked up during a sweep: the same cell must ask for the same packages next year. They
come from the package index itself (PEP 691 JSON, with the `upload-time` of PEP 700).
"""

from __future__ import annotations

import datetime
import email
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

PATH = Path(__file__).with_name("releases.json")
OLDEST = {"joblib": "0.11", "scikit-learn": "0.18", "distributed": "1.20"}
COMPILED = {"scikit-learn"}  # its wheels decide which Pythons it can be had for
REQUIRING = {"scikit-learn": "joblib"}  # what an axis asks of another one
INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
ACCEPT = "application/vnd.pypi.simple.v1+json"

File = dict[str, Any]
Release = dict[str, Any]
Releases = dict[str, dict[str, Release]]


class UnknownReleaseError(LookupError):
    """A version that releases.json does not have."""


@cache
def load() -> Releases:
    """The recorded releases: {"joblib": {"0.11": {"date": "2017-03-31", ...}, ...}, ...}."""
    packages: Releases = json.loads(PATH.read_text(encoding="utf-8"))["packages"]
    return packages


def release_date(package: str, version: str) -> datetime.date:
    """The day on which the first file of a release was uploaded."""
    try:
        return datetime.date.fromisoformat(load()[package][version]["date"])
    except KeyError:
        raise UnknownReleaseError(
            f"{package} {version} is not among the releases in {PATH.name}. "
            "If it is newer than that file, run `python matrix/releases.py`."
        ) from None


def index_url() -> str:
    """The index that the user's installers use, else the one that pip itself knows about."""
    configured = (os.environ.get(variable) for variable in INDEX_VARIABLES)
    if url := next(filter(None, configured), None):
        return url.rstrip("/")
    from pip._internal.models.index import PyPI  # late: an environment made by uv may have no pip

    return str(PyPI.simple_url)


def fetch(package: str) -> list[File]:
    """All files of a package, as the index lists them."""
    request = urllib.request.Request(f"{index_url()}/{package}/", headers={"Accept": ACCEPT})
    with urllib.request.urlopen(request, timeout=60) as response:
        files: list[File] = json.load(response)["files"]
    return files


def requirement(file: File, package: str, name: str) -> str | None:
    """What a wheel requires of another package, from its metadata beside it (PEP 658)."""
    address = urllib.parse.urljoin(f"{index_url()}/{package}/", file["url"].partition("#")[0])
    try:
        with urllib.request.urlopen(f"{address}.metadata", timeout=60) as response:
            metadata = email.message_from_bytes(response.read())
    except urllib.error.HTTPError as exc:
        if exc.code == 404:  # an index that does not have it says nothing about the requirement
            return None
        raise
    required = map(Requirement, metadata.get_all("Requires-Dist", []))
    return next((str(each.specifier) for each in required if each.name == name and not each.marker), None)


def version_of(filename: str) -> Version | None:
    """The version in a file's name; None for formats that nothing installs (.exe, .egg, ...)."""
    try:
        return parse_wheel_filename(filename)[1]
    except InvalidWheelFilename:
        pass
    try:
        return parse_sdist_filename(filename)[1]
    except InvalidSdistFilename:
        return None


def linux_interpreters(files: Iterable[File]) -> list[str]:
    """The Pythons ("cp36", ...) whose ordinary build has a wheel for Linux on x86-64."""
    wheels = (file["filename"] for file in files if file["filename"].endswith(".whl"))
    tags = {tag for wheel in wheels for tag in parse_wheel_filename(wheel)[3]}
    found = {
        tag.interpreter
        for tag in tags
        if tag.platform.startswith("manylinux")
        and tag.platform.endswith("x86_64")
        and not tag.abi.endswith("t")  # the free-threaded build
    }
    return sorted(found, key=lambda interpreter: (len(interpreter), interpreter))


def releases(package: str, files: Iterable[File]) -> dict[str, Release]:
    """The final releases among the files, oldest version first."""
    by_version: dict[Version, list[File]] = defaultdict(list)
    for file in files:
        version = version_of(file["filename"])
        if version and not version.is_prerelease and version >= Version(OLDEST[package]):
            by_version[version].append(file)
    return {str(version): release(package, by_version[version]) for version in sorted(by_version)}


def release(package: str, files: list[File]) -> Release:
    """What is recorded of one release."""
    declared = (file.get("requires-python") for file in files)
    entry: Release = {
        "date": min(file["upload-time"] for file in files)[:10],
        "requires_python": next(filter(None, declared), None),
    }
    if package in COMPILED:
        entry["wheels"] = linux_interpreters(files)
    if package in REQUIRING and (wheels := [file for file in files if file["filename"].endswith(".whl")]):
        other = REQUIRING[package]
        if (specifier := requirement(wheels[-1], package, other)) is not None:
            entry["requires"] = {other: specifier}
    if all(file.get("yanked") for file in files):
        entry["yanked"] = True
    return entry


def render(packages: Releases, day: datetime.date) -> str:
    """JSON with one release a line, so that a new release is a one-line diff."""
    tables = []
    for package, entries in packages.items():
        lines = (f'"{version}": {json.dumps(entry)}' for version, entry in entries.items())
        tables.append(f'"{package}": {{\n' + ",\n".join(lines) + "\n}")
    head = f'{{\n"generated": "{day}",\n"by": "python matrix/releases.py",\n"packages": {{\n'
    return head + ",\n".join(tables) + "\n}\n}\n"


def main() -> None:
    packages = {package: releases(package, fetch(package)) for package in sorted(OLDEST)}
    counts = ", ".join(f"{len(entries)} of {package}" for package, entries in packages.items())
    if PATH.exists() and load() == packages:  # the date stays too: no news, no diff
        print(f"{PATH.name} is up to date: {counts}")
        return
    today = datetime.datetime.now(datetime.UTC).date()
    PATH.write_text(render(packages, today), encoding="utf-8")
    print(f"wrote {PATH.name}: {counts}")


if __name__ == "__main__":
    main()
