"""Tasks as bytes: large values stay out, whatever holds them, and types survive."""

import pickle
import threading

import numpy as np
import pandas as pd
import pytest

from joblib_dask_compat import serialize

LARGE = np.arange(serialize.LARGE // 8)
SMALL = np.arange(10)


class Table(dict):
    pass


class Tagged(np.ndarray):
    pass


def there_and_back(value):
    """Return what a worker would see, and the values that were left out of the pickle."""
    large = serialize.LargeValues()
    data = serialize.dumps(value, large)
    placed = [serialize.placeable(each) for each in large.values]
    return serialize.loads(data, placed), large.values


@pytest.mark.parametrize(
    "holder",
    [
        lambda X: [X],
        lambda X: {"X": X},
        lambda X: Table(X=X),
        lambda X: ((1, [X]),),
        lambda X: {"deep": [{"er": (X,)}]},
    ],
)
def test_a_large_array_stays_out_wherever_it_is(holder):
    back, large = there_and_back(holder(LARGE))
    assert len(large) == 1
    assert large[0] is LARGE
    assert type(back) is type(holder(LARGE))


def test_one_object_is_left_out_once():
    _, large = there_and_back([LARGE, {"again": LARGE}])
    assert len(large) == 1


def test_a_large_array_in_a_closure_stays_out():
    def total():
        return int(LARGE.sum())

    back, _ = there_and_back(total)
    assert back() == LARGE.sum()


def test_small_values_stay_in():
    back, large = there_and_back([SMALL, "text", {"a": 1}])
    assert not large
    assert np.array_equal(back[0], SMALL)


@pytest.mark.parametrize(
    "value",
    [
        b"x" * serialize.LARGE,
        "x" * serialize.LARGE,
        bytearray(serialize.LARGE),
        list(range(serialize.LARGE)),
        Table((n, n) for n in range(serialize.LARGE)),
        LARGE.view(Tagged),
        pd.DataFrame({"n": LARGE, "t": [str(n) for n in LARGE]}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_large_value_keeps_its_type(value):
    back, large = there_and_back((value,))
    assert len(large) == 1
    assert type(back[0]) is type(value)
    assert repr(back[0]) == repr(value)


def test_named_values_stay_out_whatever_their_size():
    large = serialize.LargeValues(always={id(SMALL)})
    serialize.dumps([SMALL], large)
    assert large.values == [SMALL]


def test_what_cannot_be_pickled_raises_at_once():
    with pytest.raises(TypeError, match="lock"):
        serialize.dumps([threading.Lock()], serialize.LargeValues())


def test_a_box_is_opened_when_it_is_used():
    box = serialize.Box(b"not a pickle")
    with pytest.raises(pickle.UnpicklingError):
        assert box.value
