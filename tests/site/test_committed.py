"""The page of the project's own records, however many there are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import records
from rendering import results

PAGE = Path(__file__).resolve().parents[2] / "docs" / "site" / "index.html"
BYTES = 110_000  # without any record
BYTES_A_RECORD = 500

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def found() -> list[results.Result]:
    return results.load(records.RESULTS)


def test_page_stays_small(found: list[results.Result]) -> None:
    assert PAGE.stat().st_size < BYTES + BYTES_A_RECORD * len(found)


def test_every_record_is_there_with_its_state(found: list[results.Result], open_page: Open) -> None:
    shown = open_page(PAGE).evaluate("measured.found.map(({ id, state }) => [id, state])")
    assert shown == [[result.cell.id, result.combined] for result in found]


def test_every_combination_has_an_answer(open_page: Open) -> None:
    page = open_page(PAGE)
    page.get_by_label("Python", exact=True).fill("3")
    expect(page.locator("#answer h3")).to_contain_text("combinations with Python 3")
    expect(page.locator("#outcomes tbody tr")).not_to_have_count(0)


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, {"viewport": {"width": 360, "height": 700}}])
def test_nothing_complains(options: dict[str, object], open_page: Open) -> None:
    expect(open_page(PAGE, **options).locator("#legend li")).not_to_have_count(0)
