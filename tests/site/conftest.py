"""A page made of a few records, in a real browser, without a network."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

import catalog
import cells
import records
from rendering import page as rendered

REASONS = {"fail": "<img src=x onerror=alert(1)> was not sent", "hang": "no end within 45 s"}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser that `nox -s site` found or installed."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page at a fragment. It must neither complain nor ask for anything but itself."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def asked(request: Request) -> None:
        if not request.url.startswith(("file:", "data:")):
            complaints.append(f"it asked for {request.url}")

    def open_it(path: Path, fragment: str = "", **options: Any) -> Page:
        contexts.append(chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **options}))
        page = contexts[-1].new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
        page.on("request", asked)
        page.goto(path.as_uri() + fragment)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert not complaints


def record(made_of: dict[str, Any]) -> dict[str, Any]:
    """A record, from an entry of cells.toml."""
    cell = cells.from_id(made_of["id"])
    versions = {"python": cell.python, **cell.packages, "dask": cell.distributed}
    made: dict[str, Any] = {"cell": cell.id, "requested": versions, "date": "2026-11-22", "wheel": "1", "columns": {}}
    if "error" in made_of:
        return {**made, "resolved": None, "error": made_of["error"]}
    for column, red in {"upstream": {}, "compat": {}, **made_of}.items():
        if column in ("seed", "upstream", "compat") and red is not False:
            passed = {each.name: {"status": "pass"} for each in catalog.select("core")}
            failed = {name: {"status": status, "reason": REASONS[status]} for name, status in red.items()}
            made["columns"][column] = {**passed, **failed}
    pins = [f"{package}=={version}" for package, version in versions.items() if package != "python"]
    return {**made, "resolved": versions, "freeze": [*pins, "tornado==6.4"], "interpreter": "", "routes": {}}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of these records."""
    results, folder = tmp_path_factory.mktemp("results"), tmp_path_factory.mktemp("site")
    described = tomllib.loads(Path(__file__).with_name("cells.toml").read_text(encoding="utf-8"))
    for each in described.values():
        records.save(results, cells.from_id(each["id"]), record(each))
    path = folder / "index.html"
    path.write_text(rendered.render(results), encoding="utf-8")
    return path


@pytest.fixture
def visit(open_page: Callable[..., Page], made: Path) -> Callable[..., Page]:
    """Open that page, at a fragment."""
    return partial(open_page, made)


@pytest.fixture
def page(visit: Callable[..., Page]) -> Page:
    """That page, as one finds it."""
    return visit()
