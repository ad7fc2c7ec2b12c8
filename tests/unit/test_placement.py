import numpy as np
import pandas as pd
import pytest

from joblib_dask_compat.placement import fingerprint


@pytest.mark.parametrize(
    "make",
    [
        lambda: np.arange(1000.0),
        lambda: np.arange(1000.0)[::2],
        lambda: np.asfortranarray(np.ones((20, 30))),
        lambda: np.array([1, "x", None], dtype=object),
        lambda: np.zeros((0, 3)),
        lambda: pd.DataFrame({"a": [1.0, 2.0]}),
        lambda: {"X": np.arange(3)},
        lambda: [1, 2, 3],
    ],
    ids=["contiguous", "strided", "fortran", "objects", "empty", "dataframe", "dict", "list"],
)
def test_equal_content_has_equal_fingerprints(make):
    assert fingerprint(make()) == fingerprint(make())


def test_change_in_place_changes_it():
    X = np.zeros((100, 100))
    before = fingerprint(X)
    X[99, 99] = 1
    assert fingerprint(X) != before


def test_change_deep_inside_changes_it():
    holder = {"X": [np.zeros(10)]}
    before = fingerprint(holder)
    holder["X"][0][3] = 1
    assert fingerprint(holder) != before


@pytest.mark.parametrize(
    "other", [np.zeros(4, dtype="f4"), np.zeros((2, 2)), np.zeros(5)], ids=["dtype", "shape", "size"]
)
def test_same_bytes_of_another_kind_differ(other):
    assert fingerprint(np.zeros(4)) != fingerprint(other)
