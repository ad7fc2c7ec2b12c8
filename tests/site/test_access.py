"""Everyone can use the page: by keyboard, by ear, in the dark, on a narrow screen, without scripts."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

import catalog

CELLS = tomllib.loads(Path(__file__).with_name("cells.toml").read_text(encoding="utf-8"))
STATES = {cell["id"]: cell["state"] for cell in CELLS.values()}
MENDS, OLDER, GONE = (CELLS[name]["id"] for name in ("mends", "older", "gone"))

Open = Callable[..., Page]


def rows(page: Page) -> list[str]:
    """The ids of the rows that are shown."""
    return [row.get_attribute("id") or "" for row in page.locator("#all tbody tr").all() if row.is_visible()]


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.id"))


def test_map_is_one_stop_of_the_tab_key_and_arrows_move_in_it(page: Page) -> None:
    page.locator("#promise").focus()
    page.keyboard.press("Tab")
    assert focused(page).startswith("joblib 0.11, distributed 1.20") or focused(page).startswith(
        "joblib 1.6, distributed 2026 Q3"
    )
    page.keyboard.press("Control+Home")
    assert focused(page).startswith("joblib 1.6, distributed 1.20:")
    for key, there in [
        ("ArrowUp", "1.6, distributed 1.20:"),  # the edge of the map
        ("ArrowDown", "1.5, distributed 1.20:"),
        ("ArrowRight", "1.5, distributed 1.21:"),
        ("End", "1.5, distributed 2026 Q3:"),
        ("ArrowLeft", "1.5, distributed 2026 Q2:"),
        ("Home", "1.5, distributed 1.20:"),
        ("PageDown", "1.0, distributed 1.20:"),
        ("Control+End", "0.11, distributed 2026 Q3:"),
    ]:
        page.keyboard.press(key)
        assert focused(page).startswith(f"joblib {there}"), key
    expect(page.locator("#readout")).to_have_text("joblib 0.11, distributed 2026 Q3: untested")
    assert page.locator('.map [tabindex="0"]').count() == 1
    page.keyboard.press("Tab")
    assert not focused(page).startswith("joblib 0.11")


@pytest.mark.parametrize("key", ["Enter", " "])
def test_square_is_chosen_by_keyboard(key: str, page: Page) -> None:
    page.get_by_role("gridcell", name=re.compile("^joblib 1.6, distributed 2026 Q3")).focus()
    page.keyboard.press(key)
    assert focused(page) == "answer-title"
    assert rows(page) == [MENDS]


def test_answer_is_told_to_those_who_hear_the_page(page: Page) -> None:
    page.get_by_label("joblib", exact=True).fill("0.14.1")
    heard = page.get_by_role("status").first
    expect(heard).to_have_text(re.compile("joblib 0.14.1.*: works only through this package"))


ANSWERED = f"#{MENDS}"


@pytest.mark.parametrize(
    ("fragment", "scheme", "width"),
    [
        ("", "light", 1280),
        ("", "dark", 360),
        (ANSWERED, "light", 360),
        (ANSWERED, "dark", 1280),
        ("#joblib=1.4", "dark", 1280),
        (f"#{GONE}", "light", 1280),
        ("#joblib=9.9&promise=nested", "light", 1280),
    ],
)
def test_everyone_can_use_it(fragment: str, scheme: str, width: int, visit: Open) -> None:
    """Contrast, roles, names, labels: axe-core's rules for WCAG 2 AA, and its best practices."""
    page = visit(fragment, color_scheme=scheme, viewport={"width": width, "height": 800}, reduced_motion="reduce")
    page.get_by_role("gridcell", name=re.compile("^joblib 1.6, distributed 2026 Q3")).hover()
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in found] == []


def test_dark_and_light_differ(visit: Open) -> None:
    grounds = [
        visit(color_scheme=each).evaluate("getComputedStyle(document.body).backgroundColor")
        for each in ("light", "dark")
    ]
    assert len(set(grounds)) == 2


@pytest.mark.parametrize("fragment", ["", ANSWERED, "#joblib=1.4.0&distributed=2025.3.0"])
@pytest.mark.parametrize("width", [320, 375])
def test_narrow_screen_needs_no_sideways_scrolling(width: int, fragment: str, visit: Open) -> None:
    page = visit(fragment, viewport={"width": width, "height": 700}, is_mobile=True, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for label in ("Python", "joblib", "scikit-learn", "distributed"):
        box = page.get_by_label(label, exact=True).first.bounding_box()
        assert 0 <= box["x"] < box["x"] + box["width"] <= width
    if fragment == ANSWERED:  # each promise is a block, in which every column has its name
        assert page.locator("#outcomes tr", has_text="nested").locator("td").nth(2).inner_text().split() == [
            "Upstream",
            "kept",
        ]
    square = page.get_by_role("gridcell", name=re.compile("^joblib 1.6, distributed 2026 Q3")).bounding_box()
    assert square["x"] + square["width"] <= width  # the newest is in sight
    assert min(square["width"], square["height"]) >= 24  # large enough for a finger


def test_page_can_be_read_without_scripts(visit: Open) -> None:
    page = visit(java_script_enabled=False)
    assert rows(page) == list(STATES)
    for cell_id, word in STATES.items():
        expect(page.locator(f'[id="{cell_id}"] td.is')).to_have_text(word)
    expect(page.locator(f'[id="{OLDER}"]')).to_contain_text("killed_worker, nested")
    expect(page.locator(f'[id="{GONE}"]')).to_contain_text("msgpack")
    expect(page.locator("#mends tbody tr")).to_have_count(len(catalog.behaviours()))
    expect(page.locator("#ask")).to_be_hidden()  # what would not work is not there
    expect(page.locator("#map")).to_be_hidden()
    assert page.get_by_role("button").count() == page.get_by_role("textbox").count() == 0


def test_link_to_a_row_works_without_scripts(visit: Open) -> None:
    page = visit(f"#{GONE}", java_script_enabled=False, viewport={"width": 1000, "height": 400})
    expect(page.locator(f'[id="{GONE}"]')).to_be_in_viewport()
