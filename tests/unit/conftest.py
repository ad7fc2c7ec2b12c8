"""What the unit tests share."""

import pytest

from joblib_dask_compat.support import records

#: What one row of `support_of` may have been measured to be.
OUTCOMES = [{"pass": [0, 1]}, {"pass": [0], "hang": [[1, 0]]}, {"fail": [[0, 1], [1, 1]]}]
STATES = {"works": 0, "partial": 1, "fails": 2}


@pytest.fixture(scope="session")
def support_of():
    """Return a function that makes records: "3.8 1.0.1 1.0.2 2021.6.2", or with "fails", "partial", "error" behind."""
    releases = records.read()["releases"]

    def make(*rows, excludes=(), pins=()):
        packed = [_row(*row.split()) for row in rows]
        return records.Support(
            {
                "releases": releases,
                "excludes": list(excludes),
                "behaviours": ["grid_search", "nested"],
                "reasons": ["no end within 15 s", "ImportError: no", "no wheel"],
                "pins": ["numpy==1.20.3", "dask==2021.6.2", "tornado==6.1", *pins],
                "outcomes": OUTCOMES,
                "records": packed,
            }
        )

    return make


def _row(python, joblib, sklearn, distributed, state="works", *pins):
    start = [python, joblib, sklearn, distributed, "2026-11-22"]
    if state == "error":
        return [*start, {}, [], 2]
    if state == "untested":
        return [*start, {"upstream": 0}, [0, 1]]
    return [*start, {"compat": STATES[state]}, list(map(int, pins)) or [0, 1]]
