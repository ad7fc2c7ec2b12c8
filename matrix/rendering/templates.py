"""The templates in matrix/templates, and what they may use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2

FOLDER = Path(__file__).parents[1] / "templates"

_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(FOLDER),
    autoescape=jinja2.select_autoescape(["html.j2"]),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def fill(name: str, **context: Any) -> str:
    """A template with its gaps filled."""
    return _ENVIRONMENT.get_template(name).render(context)


def source(name: str) -> str:
    """A file that goes into a page as it is."""
    return (FOLDER / name).read_text(encoding="utf-8")
