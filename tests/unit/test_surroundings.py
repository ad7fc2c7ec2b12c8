"""Warnings are recorded by thread, and raised again as the filters here say."""

import threading
import warnings

import pytest

from joblib_dask_compat import surroundings


def test_each_thread_records_its_own():
    seen = {}
    ready = threading.Barrier(4)

    def warn(number):
        with surroundings.recording_warnings() as records:
            ready.wait()
            warnings.warn(f"from {number}", UserWarning, stacklevel=1)
            ready.wait()
        seen[number] = [str(record[0]) for record in records]

    with warnings.catch_warnings():
        threads = [threading.Thread(target=warn, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert seen == {number: [f"from {number}"] for number in range(4)}


def test_filters_are_as_before():
    before = warnings.filters[:], warnings.showwarning
    with surroundings.recording_warnings():
        assert warnings.filters[0][0] == "always"
    assert (warnings.filters[:], warnings.showwarning) == before


def recorded(times=1):
    with surroundings.recording_warnings() as records:
        for _ in range(times):
            warnings.warn("old news", DeprecationWarning, stacklevel=1)
    return surroundings.counted(records)


def test_equal_warnings_are_counted():
    ((message, category, filename, _, module, count),) = recorded(times=3)
    assert (str(message), category, filename, module, count) == (
        "old news",
        DeprecationWarning,
        __file__,
        __name__,
        3,
    )


def test_always_shows_each():
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        surroundings.warn_again(recorded(times=3))
    assert [str(each.message) for each in shown] == ["old news"] * 3


def test_once_by_location_shows_one():
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("default")
        surroundings.warn_again(recorded(times=3))
    assert len(shown) == 1


def test_error_raises():
    records = recorded()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DeprecationWarning, match="old news"):
            surroundings.warn_again(records)


def test_filters_by_module_hold():
    records = recorded()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", module=__name__)
        surroundings.warn_again(records)
