"""Files that scikit-learn 0.18 to 0.24 wrote load as they were seen to, or say what loads them."""

import json
import pickle
import shutil
from pathlib import Path

import pytest

from joblib_dask_compat import legacy

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "legacy" / "data"
RECORD = json.loads((ROOT / "matrix" / "pickles" / "loads.json").read_text(encoding="utf-8"))
WRITERS = sorted(path.name for path in DATA.iterdir())


def release(version):
    return [int(part) for part in version.split(".")[:2]]


@pytest.fixture(scope="module")
def reader(shared_stack):
    return shared_stack.does("import json, sklearn; print(json.dumps(sklearn.__version__))")


def recorded(name, writer, reader):
    """What came of a file in the nearest measured scikit-learn that is not newer than the reader."""
    changes = RECORD["outcomes"][name][writer]
    return [outcome for since, outcome in changes.items() if release(since) <= release(reader)][-1]


def test_there_is_data_of_each_release_and_little_of_it():
    assert list(RECORD["writers"]) == WRITERS
    files = [path for path in DATA.rglob("*") if path.is_file()]
    assert len(files) == 8 * len(WRITERS)
    assert sum(path.stat().st_size for path in files) < 200_000


@pytest.mark.parametrize("writer", WRITERS)
def test_files_load_as_recorded_or_say_what_loads_them(stack, reader, writer):
    script = ROOT / "matrix" / "pickles" / "estimators.py"
    outcomes = json.loads(stack.python_does("-W", "ignore", script, "read", DATA / writer).stdout)
    assert len(outcomes) == 7
    for name, outcome in outcomes.items():
        if release(writer) > release(reader):
            assert outcome.startswith("refused: "), name
            assert f"scikit-learn=={writer}" in outcome
        else:
            assert outcome == recorded(name, writer, reader), name


REFUSED = """
    import json, sys
    from joblib_dask_compat import legacy
    from joblib_dask_compat.errors import OldPickleError
    try:
        legacy.load(sys.argv[1])
    except OldPickleError as exc:
        print(json.dumps([exc.what, exc.why, exc.fix, exc.more, isinstance(exc, ValueError)]))
"""


@pytest.fixture
def refused(stack, reader):
    """A file that this scikit-learn refuses, and the one that wrote it."""
    for writer in WRITERS:
        for name in RECORD["outcomes"]:
            if (DATA / writer / f"{name}.pkl").exists() and (
                release(writer) > release(reader) or recorded(name, writer, reader) != "as before"
            ):
                return DATA / writer / f"{name}.pkl", writer
    raise AssertionError("nothing is refused")


def test_error_has_four_parts_and_names_writer_and_pins(stack, reader, refused):
    path, writer = refused
    what, why, fix, more, is_value_error = stack.does(REFUSED, path)
    assert path.name in what
    assert reader in what
    assert f"scikit-learn {writer} wrote it" in why
    assert "-m pip install 'scikit-learn==" in fix
    assert more == "docs/legacy.md#old-pickles"
    assert is_value_error


def test_moved_modules_are_found_by_plain_joblib_too(stack):
    path = DATA / WRITERS[0] / "LogisticRegression.pkl"
    code = f"from sklearn.externals import joblib\nprint(type(joblib.load({str(path)!r})).__name__)"
    (stack.folder / "program.py").write_text(code)
    assert stack.runs("program.py").stdout.strip() == "LogisticRegression"


def test_arrays_can_be_mapped_into_memory(stack):
    mapped, read = stack.does(
        """
    import json, sys
    import numpy as np
    from joblib_dask_compat import legacy
    mapped, read = legacy.load(sys.argv[1], mmap_mode="r"), legacy.load(sys.argv[1])
    assert (mapped.mean_ == read.mean_).all()
    print(json.dumps([type(mapped.mean_).__name__, type(read.mean_).__name__]))
    """,
        DATA / WRITERS[0] / "StandardScaler.pkl",
    )
    assert (mapped, read) == ("memmap", "ndarray")


def test_paths_and_files_of_every_kind(stack):
    assert stack.does(
        """
    import io, json, pathlib, sys
    from joblib_dask_compat import legacy
    path = sys.argv[1]
    with open(path, "rb") as file:
        from_file = legacy.load(file)
    loaded = [legacy.load(path), legacy.load(pathlib.Path(path)), from_file]
    loaded.append(legacy.load(io.BytesIO(pathlib.Path(path).read_bytes())))
    print(json.dumps(sorted({type(each).__name__ for each in loaded})))
    """,
        DATA / WRITERS[0] / "Pipeline.pkl",
    ) == ["Pipeline"]


def test_nothing_is_open_after_loading_and_nothing_warned_of_paths(stack):
    assert (
        stack.does(
            """
    import json, sys, threading, warnings
    from joblib_dask_compat import legacy
    from joblib_dask_compat.errors import LegacyImportWarning
    legacy.load(sys.argv[1])
    before = list(sys.meta_path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        threads = [threading.Thread(target=legacy.load, args=sys.argv[1:]) for _ in range(4)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
    assert before == sys.meta_path
    legacy.install()
    legacy.load(sys.argv[1])
    assert before != sys.meta_path
    legacy.uninstall()
    assert before == sys.meta_path
    print(json.dumps([str(each.message) for each in caught if issubclass(each.category, LegacyImportWarning)]))
    """,
            DATA / WRITERS[0] / "LogisticRegression.pkl",
        )
        == []
    )


def test_parameters_of_later_releases_are_there(stack):
    assert (
        stack.does(
            """
    import json, sys
    from joblib_dask_compat import legacy
    model = legacy.load(sys.argv[1])
    from sklearn.base import clone
    clone(model)
    print(json.dumps(sorted(set(model.get_params()) ^ set(type(model)().get_params()))))
    """,
            DATA / WRITERS[0] / "LogisticRegression.pkl",
        )
        == []
    )


@pytest.mark.parametrize("damage", ["cut off", "no pickle", "missing"])
def test_what_is_no_pickle_is_told(stack, damage):
    path = stack.folder / "model.pkl"
    if damage == "cut off":
        path.write_bytes((DATA / WRITERS[0] / "Pipeline.pkl").read_bytes()[:-100])
    elif damage == "no pickle":
        path.write_text("no pickle at all")
    name, text = stack.does(
        """
    import json, sys
    from joblib_dask_compat import legacy
    try:
        legacy.load(sys.argv[1])
    except Exception as exc:
        print(json.dumps([type(exc).__name__, str(exc)]))
    """,
        path,
    )
    assert name == ("FileNotFoundError" if damage == "missing" else "OldPickleError")
    assert "model.pkl" in text
    assert "pip install" not in text


@pytest.mark.parametrize("version", ["no version", "", "9" * 5000])
def test_what_is_no_version_is_not_taken_for_one(tmp_path, version):
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps({"_sklearn_version": version}))
    assert legacy.load(path) == {"_sklearn_version": version}


def test_module_of_ones_own_is_what_is_missing(stack):
    code = """
    import json, pickle, sys
    if sys.argv[1:]:
        sys.path.insert(0, sys.argv[1])
        import models
        pickle.dump(models.Mine(), open("model.pkl", "wb"))
        print(1)
    else:
        from joblib_dask_compat import legacy
        try:
            legacy.load("model.pkl")
        except ValueError as exc:
            print(json.dumps(exc.fix))
    """
    (stack.folder / "apart").mkdir()
    (stack.folder / "apart" / "models.py").write_text("class Mine: pass")
    stack.does(code, stack.folder / "apart")
    assert stack.does(code) == "make the module models importable, as it was where the file was written"


def test_program_that_cannot_load_a_file_is_told_what_loads_it(stack, reader, refused):
    path, writer = refused
    shutil.copy(path, stack.folder / "model.pkl")
    text = "import joblib\njoblib.load('model.pkl')\nraise ValueError('it was loaded')"
    (stack.folder / "program.py").write_text(text)
    done = stack.runs("program.py", check=False)
    assert done.returncode == 1
    if "it was loaded" in done.stderr:  # and would have failed later
        assert release(writer) != release(reader)
        return
    assert done.stderr.index("Traceback") < done.stderr.index("model.pkl' cannot be loaded")
    assert f"scikit-learn {writer} wrote it" in done.stderr


def test_search_without_a_scorer_scores(stack, reader):
    assert stack.does(
        """
    import json, sys
    import numpy as np
    from joblib_dask_compat import legacy
    search = legacy.load(sys.argv[1])
    X = np.random.RandomState(0).rand(60, 4)
    y = (X[:, 0] + X[:, 1] > 1).astype(int)
    import pickle
    again = pickle.loads(pickle.dumps(search))
    print(json.dumps([bool(0.5 < search.score(X, y) <= 1), bool(again.score(X, y) == search.score(X, y))]))
    """,
        DATA / WRITERS[0] / "GridSearchCV.pkl",
    ) == [True, True]
