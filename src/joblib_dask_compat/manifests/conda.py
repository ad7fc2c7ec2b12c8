"""Environments of conda: environment.yml."""

import re
from typing import Tuple

from packaging.specifiers import SpecifierSet

from . import requirements
from .manifest import Manifest, Source, listed, reader
from .ranges import WrongError, specifiers

#: conda's package dask brings the distributed of the same version, exactly since its versions are dates.
_DASK_BRINGS_DISTRIBUTED = ">=2021.6"

#: What may follow a package's name, and where the version is in it.
_FORMS = (
    (r"", ""),
    (r"=([^=<>!~,|\s]+)=\S*", "{0}"),  # =1.0.2=py38_0, as exported
    (r"(\d[^\s,|]*)\s+\S+", "{0}"),  # 1.0.2 py38_0
    (r"\[.*?version=(['\"]?)([^'\"\]|]+)\1.*\]", "{1}"),  # [version='>=1,<2']
    (r"([=<>!~\d][^|]*)", "{0}"),
)


def read(manifest: Manifest, source: Source) -> None:
    """Read an environment.yml: what conda is to install, then what it has pip install, beside the file."""
    yaml = reader("yaml")
    try:
        found = yaml.safe_load(source.text())
    except yaml.YAMLError as exc:
        raise WrongError(str(exc)) from exc
    if not isinstance(found, dict):
        raise WrongError("it has no dependencies")
    dependencies = listed(found.get("dependencies"), "dependencies", (str, dict))
    for name, allowed in (_package(each) for each in dependencies if isinstance(each, str)):
        if name == "python":
            manifest.put_python(allowed)
        else:
            manifest.put(name, allowed)
    for each in (each for each in dependencies if isinstance(each, dict)):
        for _, text in requirements.lines("\n".join(listed(each.get("pip"), "pip", (str,)))):
            requirements.read_line(manifest, source, text)
    _bring_distributed(manifest)


def _bring_distributed(manifest: Manifest) -> None:
    dask = manifest.ranges.get("dask")
    if dask is not None and "distributed" not in manifest.ranges:
        pinned = [each.version for each in dask if each.operator == "=="]
        if pinned and SpecifierSet(_DASK_BRINGS_DISTRIBUTED).contains(pinned[0].replace(".*", "")):
            manifest.put("distributed", dask)


def _package(text: str) -> Tuple[str, SpecifierSet]:
    """Return a package of conda and its range, from any of the forms that an environment may have it in."""
    match = re.fullmatch(r"(?:\S+::)?([\w.-]+)\s*(.*)", text.strip())
    if match is None:
        raise WrongError(f"{text!r} is no package of conda")
    name, rest = match.groups()
    for form, told in _FORMS:
        found = re.fullmatch(form, rest)
        if found:
            return name, specifiers(",".join(map(_part, told.format(*found.groups()).split(","))))
    raise WrongError(f"{text!r} is no package of conda")


def _part(text: str) -> str:
    """Return a part of a range as PEP 440 has it: in conda, one ``=`` means whatever begins so."""
    text = text.strip()
    if re.match(r"=[^=]", text):
        return "==" + re.sub(r"\.?\*$", "", text[1:].strip()) + ".*"
    return "==" + text if re.match(r"\d", text) else text
