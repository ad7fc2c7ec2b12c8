"""Tasks as bytes: large values stay out, whatever holds them, and types survive."""

import pickle
import pickletools
import threading
from collections import OrderedDict, defaultdict

import numpy as np
import pandas as pd
import pytest
from sklearn.svm import SVC
from sklearn.utils import Bunch

from joblib_dask_compat.serialize import LARGE, Box, LargeValues, dumps, loads, placeable

BIG = np.arange(LARGE // 8 + 1)


def there_and_back(value, always=()):
    """Return what a worker would see, the values that were left out of the pickle, and the pickle."""
    large = LargeValues(always)
    data = dumps(value, large)
    placed = [pickle.loads(pickle.dumps(placeable(each))) for each in large.values]
    return loads(data, placed), large.values, data


def is_large(value):
    """Tell whether a value is left out of the pickle."""
    large = LargeValues()
    dumps(value, large)
    return any(each is value for each in large.values)


class Matrix(np.ndarray):
    """An array of a kind of its own."""


class Answer(dict):
    """A dict of a kind of its own."""


@pytest.mark.parametrize(
    "value",
    [
        Bunch(data=BIG, target=[1, 2]),
        Answer(a=1),
        Answer((n, n) for n in range(LARGE)),
        OrderedDict(a=BIG, b=BIG),
        defaultdict(list, a=[BIG]),
        (BIG, [BIG, {"x": BIG}]),
        {1, 2, 3},
        b"x" * (2 * LARGE),
        bytearray(2 * LARGE),
        "x" * (2 * LARGE),
        list(range(LARGE)),
        BIG.view(Matrix),
        np.ma.masked_array(BIG, mask=BIG % 2),
        pd.Series(range(LARGE)),
        pd.DataFrame({"n": BIG, "t": [str(n) for n in BIG]}),
        SVC(C=3),
    ],
    ids=lambda value: type(value).__name__,
)
def test_types_and_contents_survive(value):
    arrived, _, _ = there_and_back(value)
    assert type(arrived) is type(value)
    assert repr(arrived) == repr(value)


def test_arrays_arrive_whole():
    (arrived, masked), _, _ = there_and_back([BIG, np.ma.masked_array(BIG, mask=BIG % 2)])
    assert np.array_equal(arrived, BIG)
    assert np.array_equal(masked.mask, BIG % 2)


def test_memmap_arrives_as_a_plain_array(tmp_path):
    BIG.tofile(tmp_path / "array")
    arrived, _, _ = there_and_back(np.memmap(tmp_path / "array", dtype=BIG.dtype))
    assert type(arrived) is np.ndarray
    assert np.array_equal(arrived, BIG)


@pytest.mark.parametrize(
    "holder",
    [
        lambda big: big,
        lambda big: [big],
        lambda big: {"deep": [{"er": (big,)}]},
        lambda big: Answer(X=big),
        lambda big: Bunch(X=big),
        lambda big: SVC(class_weight=big),
        lambda big: lambda: big,
    ],
    ids=["bare", "list", "nested", "dict", "Bunch", "attribute", "closure"],
)
def test_large_value_stays_out_wherever_it_stands(holder):
    _, taken, data = there_and_back(holder(BIG))
    assert [value is BIG for value in taken] == [True]
    assert len(data) < 2000


def test_one_object_in_many_places_is_taken_out_once_and_stays_one_object():
    arrived, taken, _ = there_and_back([BIG, {"again": BIG}, (BIG,)])
    assert len(taken) == 1
    assert arrived[0] is arrived[1]["again"] is arrived[2][0]


def test_equal_objects_stay_two():
    arrived, taken, _ = there_and_back([BIG, BIG.copy()])
    assert len(taken) == 2
    assert arrived[0] is not arrived[1]


@pytest.mark.parametrize(
    ("value", "large"),
    [
        (np.zeros(LARGE, dtype=np.uint8), True),
        (np.zeros(LARGE - 1, dtype=np.uint8), False),
        (b"x" * LARGE, True),
        (b"x" * (LARGE - 1), False),
        ("x" * LARGE, True),
        ([0] * (LARGE // 8), True),
        ([0] * (LARGE // 8 - 1), False),
        (dict.fromkeys(range(LARGE // 8)), True),
        (pd.DataFrame({"a": np.zeros(LARGE // 8)}), True),
        (pd.DataFrame({"a": [1]}), False),
        (2 ** (8 * LARGE), False),
        (None, False),
        (np.ndarray, False),
        (SVC(), False),
    ],
    ids=lambda value: str(value) if isinstance(value, bool) else type(value).__name__,
)
def test_threshold(value, large):
    assert is_large(value) is large


def test_lazy_dask_collection_is_never_large():
    class Lazy:
        nbytes = 10 * LARGE

        def __dask_graph__(self):
            raise AssertionError("nobody computes it here")

    assert not is_large(Lazy())


def test_named_value_stays_out_whatever_its_size():
    small = [1, 2, 3]
    _, taken, _ = there_and_back([small, [1, 2, 3]], always={id(small)})
    assert [value is small for value in taken] == [True]


def test_box_is_opened_when_it_is_used_and_once_for_all_tasks():
    unreadable = Box(b"not a pickle")
    with pytest.raises(pickle.UnpicklingError):
        unreadable.value  # noqa: B018
    box = pickle.loads(pickle.dumps(placeable(BIG.view(Matrix))))
    assert box.value is box.value


def test_function_of_main_travels_by_value(fresh_python):
    done = fresh_python(
        """
        from joblib_dask_compat.serialize import dumps
        def double(x):
            return 2 * x
        print(dumps(double).hex())
        """
    )
    assert loads(bytes.fromhex(done.stdout))(21) == 42


def test_what_cannot_be_pickled_raises_its_own_error():
    with pytest.raises(TypeError, match="lock"):
        dumps({"lock": threading.Lock()}, LargeValues())


def test_protocol_is_one_that_python_3_6_reads():
    assert max(opcode.proto for opcode, _, _ in pickletools.genops(dumps([BIG, "x", {1}]))) <= 4


class Measured:
    """Something large of which it is slow to say how large it is."""

    def __init__(self):
        self.times = 0

    @property
    def nbytes(self):
        self.times += 1
        return 2 * LARGE


def test_a_large_value_is_measured_once_for_all_places_where_it_stands():
    value = Measured()
    large = LargeValues()
    dumps([value] * 100, large)
    assert large.values == [value]
    assert value.times == 1
