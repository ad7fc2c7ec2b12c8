"""Files, whatever is in them: what was written is read, and anything else is told in one line."""

import json
import pickle

import hypothesis
import joblib
import numpy as np
import pytest
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor

from joblib_dask_compat import advisories, legacy, manifests
from joblib_dask_compat.errors import DamagedDataError, InputError
from joblib_dask_compat.support import records

PYTHON = "3.8"
CONDAS_OWN = ("python", "dask", "distributed", "pip")  # which an environment may read more into

names = st.from_regex(r"[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,4})?", fullmatch=True).filter(
    lambda name: name not in CONDAS_OWN
)
numbers = st.lists(st.integers(0, 2030), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))
versions = st.builds("{}{}".format, numbers, st.sampled_from(["", "rc1", "a2", ".post1", ".dev3"]))
packages = st.dictionaries(names, versions, max_size=6)
markers = st.sampled_from(["", "python_version < '3.9'", "python_version >= '3.6' and extra == ''"])


def requirements(pinned, marker, spaces):
    condition = f"{spaces};{spaces}{marker}" if marker else ""
    return "".join(f"{name}{spaces}=={spaces}{version}{condition}  # why\n" for name, version in pinned.items())


def toml(kind, key, conditions):
    def written(pinned, marker, spaces):
        tables = [
            f"[[{kind}]]\nname = {json.dumps(name)}\nversion{spaces}={spaces}{json.dumps(version)}\n"
            + (f"{key} = {conditions(marker)}\n" if marker else "")
            for name, version in pinned.items()
        ]
        return "".join(tables) or f"{kind} = []\n"

    return written


def pipfile(pinned, marker, spaces):
    locked = {
        name: {"version": f"=={version}", **({"markers": marker} if marker else {})} for name, version in pinned.items()
    }
    return json.dumps(
        {"_meta": {}, "default": locked, "develop": {"other": {"version": "==1"}}}, indent=len(spaces) or None
    )


def environment(pinned, marker, spaces):
    return json.dumps({"name": "x", "dependencies": [f"{name}=={version}" for name, version in pinned.items()]})


def environment_of_pip(pinned, marker, spaces):
    return json.dumps({"dependencies": ["pip", {"pip": requirements(pinned, marker, spaces).splitlines()}]})


FORMATS = {
    "requirements.txt": requirements,
    "uv.lock": toml("package", "resolution-markers", lambda marker: json.dumps([marker])),
    "poetry.lock": toml("package", "markers", json.dumps),
    "pylock.toml": toml("packages", "marker", json.dumps),
    "Pipfile.lock": pipfile,
    "environment.yml": environment,
    "environment.yaml": environment_of_pip,
}


def examples(number):
    return hypothesis.settings(
        max_examples=number,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
    )


@pytest.mark.parametrize("name", FORMATS)
@examples(20)
@hypothesis.given(pinned=packages, marker=markers, spaces=st.sampled_from(["", " "]))
def test_what_was_written_is_read(tmp_path, name, pinned, marker, spaces):
    path = tmp_path / name
    path.write_text(FORMATS[name](pinned, marker, spaces), encoding="utf-8")
    found = {package: str(ranges) for package, ranges in manifests.read(str(path), PYTHON).ranges.items()}
    found.pop("pip", None)
    assert found == {package: f"=={version}" for package, version in pinned.items()}


PIECES = (
    """joblib == >=1 <2 ~= [[package]] name= "x" version - -r # { } dependencies: pip: [ ] : , ; python_version '3.8'"""
)
pieces = st.sampled_from([*PIECES.split(), "\n", "\\\n", " ", "&a ", "*a", "\x85", "9" * 5000])
contents = st.one_of(st.binary(max_size=60), st.lists(pieces, max_size=12).map(lambda parts: "".join(parts).encode()))


@pytest.mark.parametrize("name", FORMATS)
@examples(40)
@hypothesis.given(content=contents)
def test_anything_else_is_told_in_one_line(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    try:
        manifests.read(str(path), PYTHON)
    except InputError as exc:
        told = str(exc)
    else:
        return
    assert "\n" not in told
    assert name in told


@examples(20)
@hypothesis.given(content=contents, cut=st.integers(0, 20000))
def test_data_that_is_damaged_says_so(tmp_path, monkeypatch, content, cut):
    for module, load in ((advisories, advisories.load), (records, records.load)):
        with open(module._FILE, "rb") as stream:
            whole = stream.read()
        path = tmp_path / "data.json"
        path.write_bytes(whole[:cut] + content)
        getattr(module, "_read", load).cache_clear()
        with monkeypatch.context() as patch:
            patch.setattr(module, "_FILE", str(path))
            with pytest.raises(DamagedDataError, match=r"data\.json is damaged"):
                load()
        getattr(module, "_read", load).cache_clear()


ESTIMATORS = [LinearRegression(), make_pipeline(StandardScaler(), Ridge(0.5)), DecisionTreeRegressor(max_depth=3)]


@examples(30)
@hypothesis.given(
    estimator=st.sampled_from(ESTIMATORS),
    rows=st.integers(2, 200),
    compress=st.sampled_from([0, 3, ("gzip", 1), ("bz2", 1), ("lzma", 0)]),
    protocol=st.integers(2, pickle.HIGHEST_PROTOCOL),
)
def test_what_the_installed_scikit_learn_wrote_is_loaded_as_it_was(tmp_path, estimator, rows, compress, protocol):
    X = np.random.default_rng(rows).normal(size=(rows, 3))
    written = {"estimator": estimator.fit(X, X.sum(axis=1)), "X": X, "told": ["text", rows]}
    joblib.dump(written, tmp_path / "model", compress=compress, protocol=protocol)
    loaded = legacy.load(tmp_path / "model")
    assert loaded["told"] == written["told"]
    np.testing.assert_array_equal(loaded["X"], X)
    assert type(loaded["estimator"]) is type(estimator)
    assert repr(loaded["estimator"].get_params()) == repr(estimator.get_params())
    np.testing.assert_array_equal(loaded["estimator"].predict(X), estimator.predict(X))
