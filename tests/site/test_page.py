"""What one can ask the page, and what it answers; made of a few records, one for each state."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

CELLS = tomllib.loads(Path(__file__).with_name("cells.toml").read_text(encoding="utf-8"))
STATES = {cell["id"]: cell["state"] for cell in CELLS.values()}
MENDS, BOTH, OLD, OLDER, PARTIAL, FAIL, OURS, ONLY, GONE = STATES

Open = Callable[..., Page]


def rows(page: Page) -> list[str]:
    """The ids of the rows that are shown."""
    return [row.get_attribute("id") or "" for row in page.locator("#all tbody tr").all() if row.is_visible()]


def promise(page: Page, name: str) -> list[str]:
    """What the answer says of a promise: in short, and in each column."""
    row = page.locator("#outcomes tbody tr").filter(has=page.get_by_role("rowheader", name=re.compile(f"^{name}")))
    return [cell.inner_text() for cell in row.get_by_role("cell").all()]


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.id"))


def test_quirks_are_off(page: Page) -> None:
    assert page.evaluate("document.compatMode") == "CSS1Compat"  # a comment stands before the doctype


@pytest.mark.parametrize("cell_id", STATES)
def test_state_of_a_combination(cell_id: str, visit: Open) -> None:
    page = visit(f"#{cell_id}")
    expect(page.locator("#answer .verdict")).to_have_text(STATES[cell_id])
    expect(page.locator(f'[id="{cell_id}"] td.is')).to_have_text(STATES[cell_id])
    expect(page.locator(f'[id="{cell_id}"]')).to_have_class("chosen")


def test_script_and_table_agree_on_every_state(page: Page) -> None:
    shown = page.evaluate("measured.found.map((result) => [result.id, measured.word(result.state)])")
    assert dict(shown) == STATES


def test_promises_of_a_combination_with_reasons_and_known_faults(visit: Open) -> None:
    page = visit(f"#{MENDS}")
    assert promise(page, "nested")[:3] == ["works", "kept", "kept"]
    short, ours, upstream, snippet = promise(page, "killed_worker")
    assert (short, ours, snippet) == ("works only through this package", "kept", "kept")
    assert upstream.startswith("hangs\nno end within 45 s\nKnown: A task whose worker dies")
    assert page.get_by_role("link", name="A task whose worker dies").first.get_attribute("href").startswith("https://")
    assert "<img src=x onerror=alert(1)>" in promise(page, "clean")[2]  # as text


def test_promise_that_fails_here_and_works_without_is_called_so(visit: Open) -> None:
    page = visit(f"#{PARTIAL}")
    assert promise(page, "nested")[0] == "fails; works without this package"
    assert promise(page, "nested")[1].startswith("fails")


def test_promises_of_many_combinations_are_counted(visit: Open) -> None:
    page = visit("#joblib=1.4")
    expect(page.locator("#answer h3")).to_have_text("2 combinations with joblib 1.4")
    assert promise(page, "killed_worker")[1:] == ["2 of 2", promise(page, "killed_worker")[2]]
    assert promise(page, "killed_worker")[2].startswith("0 of 2\nhangs in 2")
    assert promise(page, "nested")[0] == "works only through this package in 1 of 2"


def test_cell_that_cannot_be_made_has_its_reason_as_text(visit: Open) -> None:
    page = visit(f"#{GONE}")
    expect(page.locator("#answer")).to_contain_text(CELLS["gone"]["error"])
    expect(page.locator("#outcomes")).to_have_count(0)


def test_upstream_that_was_not_measured_is_called_so(visit: Open) -> None:
    assert promise(visit(f"#{OURS}"), "nested")[0] == "works through this package"


def test_typing_answers_and_filters_the_table(page: Page) -> None:
    assert rows(page) == list(STATES)
    page.get_by_label("joblib", exact=True).fill("1.4")
    assert rows(page) == [OLD, OLDER]
    expect(page.locator("#shown")).to_have_text("2 of 9 combinations with joblib 1.4")
    page.get_by_label("distributed", exact=True).fill("v2024.12.01")
    assert rows(page) == [OLDER]
    expect(page.locator("#answer h3")).to_have_text(
        "Python 3.11, joblib 1.4.2, scikit-learn 1.6.1, distributed 2024.12.1"
    )
    expect(page.locator("#heard")).to_contain_text("works; upstream only partly")
    page.get_by_role("button", name="Clear").click()
    assert len(rows(page)) == len(STATES)
    expect(page.get_by_label("joblib", exact=True)).to_have_value("")


@pytest.mark.parametrize(
    ("package", "typed", "found"),
    [
        ("joblib", "1", [MENDS, BOTH, OLD, OLDER, PARTIAL, FAIL, OURS]),
        ("joblib", "1.", [MENDS, BOTH, OLD, OLDER, PARTIAL, FAIL, OURS]),
        ("joblib", "0.1", [ONLY, GONE]),  # half typed; there is no 0.1
        ("scikit-learn", "0.22", [ONLY]),
        ("scikit-learn", "1.1", [FAIL]),
        ("distributed", "2021", [OURS, ONLY]),
        ("distributed", "2021.06", [OURS, ONLY]),
        ("distributed", "2021q2", [OURS, ONLY]),
        ("distributed", "202", [MENDS, BOTH, OLD, OLDER, PARTIAL, FAIL, OURS, ONLY]),
        ("distributed", "2024.1", []),  # not 2024.12
        ("Python", "3.1", [MENDS, BOTH, OLD, OLDER]),
        ("Python", "3.9", [PARTIAL, FAIL]),
    ],
)
def test_what_a_typed_version_means(package: str, typed: str, found: list[str], page: Page) -> None:
    page.get_by_label(package, exact=True).fill(typed)
    assert rows(page) == found


def test_table_shows_one_state(page: Page) -> None:
    page.locator("#show").select_option("works only through this package")
    assert rows(page) == [ONLY]
    page.locator("#show").select_option("all states")
    assert len(rows(page)) == len(STATES)


def test_pasted_pins_are_taken(page: Page) -> None:
    page.get_by_text("or paste what").click()
    text = "numpy==1.26.4\njoblib==1.4.2  # ours\nscikit_learn==1.6.1\ndistributed==2024.12.1\n"
    page.get_by_label("Output of pip freeze").fill(text)
    assert rows(page) == [OLDER]
    page.get_by_label("Output of pip freeze").fill("dependencies:\n  - python=3.7.1\n  - joblib=0.14.1\n")
    expect(page.get_by_label("joblib", exact=True)).to_have_value("0.14.1")


def test_untested_combination_says_so_and_points_to_the_nearest(page: Page) -> None:
    page.get_by_label("joblib", exact=True).fill("1.4.0")
    page.get_by_label("distributed", exact=True).fill("2025.3.0")
    expect(page.locator("#answer .verdict")).to_have_text("untested")
    assert rows(page) == []
    nearest = page.locator("#answer li a")
    expect(nearest).to_have_count(3)
    expect(nearest.first).to_have_text("Python 3.12, joblib 1.4.2, scikit-learn 1.6.1, distributed 2025.4.0")
    assert nearest.first.locator("mark").all_inner_texts() == ["1.4.2", "2025.4.0"]
    nearest.first.click()
    assert rows(page) == [OLD]
    assert focused(page) == "answer-title"


def test_release_that_is_not_known_is_told(visit: Open) -> None:
    expect(visit("#joblib=9.9").locator("#answer")).to_contain_text("No release 9.9 of joblib was known")


def test_combination_that_cannot_work_is_told_with_its_reason(visit: Open) -> None:
    page = visit("#python=3.11&distributed=2.30.1")
    expect(page.locator("#answer")).to_contain_text("It cannot work, with or without this package")
    expect(page.locator("#answer")).not_to_contain_text("says nothing")
    expect(visit("#python=3.7&distributed=2.30.1").locator("#answer")).to_contain_text("says nothing")


def test_address_keeps_what_is_asked(page: Page, visit: Open) -> None:
    page.get_by_label("joblib", exact=True).fill("1.4")
    page.get_by_label("1.6", exact=True).check()
    page.locator("#promise").select_option("nested")
    page.locator("#show").select_option("works; upstream only partly")
    fragment = page.evaluate("location.hash")
    again = visit(fragment)
    expect(again.get_by_label("joblib", exact=True)).to_have_value("1.4")
    expect(again.get_by_label("1.6", exact=True)).to_be_checked()
    expect(again.locator("#promise")).to_have_value("nested")
    assert rows(again) == rows(page) == [OLD, OLDER]
    assert again.locator("#legend").inner_text() == page.locator("#legend").inner_text()


@pytest.mark.parametrize(
    "fragment", ["#joblib=%", "#tab=7.7&promise=nestled&show=x", "#nothing", "#%E0%A4%A", "#joblib="]
)
def test_address_that_makes_no_sense_does_no_harm(fragment: str, visit: Open) -> None:
    page = visit(fragment)
    expect(page.locator("#answer-title")).to_be_visible()
    expect(page.get_by_label("all", exact=True)).to_be_checked()


def test_one_can_go_back(page: Page) -> None:
    page.get_by_role("link", name="the newest").click()
    assert rows(page) == [MENDS]
    page.get_by_role("link", name=re.compile("^joblib 1.6.0: show")).click()
    page.get_by_role("button", name="Clear").click()
    assert len(rows(page)) == len(STATES)
    page.go_back()
    assert rows(page) == [MENDS]
    page.go_back()
    assert len(rows(page)) == len(STATES)


def test_pins_can_be_copied_or_selected(visit: Open) -> None:
    page = visit(f"#{OLDER}")
    page.get_by_text("as a constraints file").click()
    expect(page.locator("#answer pre")).to_have_text(
        "joblib==1.4.2\nscikit-learn==1.6.1\ndask==2024.12.1\ndistributed==2024.12.1\ntornado==6.4"
    )
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name=re.compile("Copied|Selected"))).to_be_visible()


# ---- the map --------------------------------------------------------------------------------------------------


def square(page: Page, joblib: str, distributed: str) -> str:
    name = re.compile(f"^joblib {re.escape(joblib)}, distributed {re.escape(distributed)}: ")
    return page.get_by_role("gridcell", name=name).get_attribute("aria-label").partition(": ")[2]


def test_squares_say_their_state(page: Page) -> None:
    assert square(page, "1.6", "2026 Q3") == "works; upstream only partly (1 combination)"
    assert square(page, "0.14", "2021 Q2") == "works only through this package (1 combination)"
    assert square(page, "0.11", "1.24") == "not installable (1 combination)"
    assert square(page, "1.6", "1.20") == "untested"
    expect(page.locator("#legend")).to_contain_text("works only through this package (1)")


def test_squares_of_one_promise(page: Page) -> None:
    page.locator("#promise").select_option("killed_worker")
    assert square(page, "1.6", "2026 Q3").startswith("works only through this package")
    assert square(page, "1.2", "2023 Q2").startswith("works (")
    page.locator("#promise").select_option("warnings")  # not in the core set
    assert square(page, "1.6", "2026 Q3").startswith("untested")


def test_squares_of_one_scikit_learn(page: Page) -> None:
    page.get_by_label("1.9", exact=True).check()
    assert square(page, "1.6", "2026 Q3").startswith("works; upstream")
    assert square(page, "0.14", "2021 Q2") == "untested"


def test_square_leads_to_its_combinations(page: Page) -> None:
    page.get_by_label("1.6", exact=True).check()
    page.get_by_role("gridcell", name=re.compile("^joblib 1.4, distributed 2024 Q4")).click()
    assert rows(page) == [OLDER]
    expect(page.get_by_label("scikit-learn", exact=True).and_(page.locator("input"))).to_have_value("1.6")
    page.get_by_role("gridcell", name=re.compile("^joblib 1.4, distributed 1.20")).click()
    expect(page.locator("#answer .verdict")).to_have_text("untested")
