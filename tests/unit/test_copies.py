import joblib
import pytest
import sklearn.utils.parallel

from joblib_dask_compat import copies
from joblib_dask_compat.copies import Copy, all_copies, loaded_copies, used_by_sklearn


def test_new_stacks_have_one_copy_which_sklearn_uses():
    assert [copy.name for copy in all_copies()] == ["joblib"]
    assert used_by_sklearn().module is joblib
    assert not copies.has_vendored()


def test_a_copy_knows_its_parts_and_its_version():
    copy = Copy("joblib")
    assert copy.version == joblib.__version__
    assert copy.parallel.Parallel is joblib.Parallel
    assert issubclass(copy.backends.ThreadingBackend, copy.backends.ParallelBackendBase)
    assert repr(copy) == f"<Copy joblib {joblib.__version__}>"


def test_sklearns_own_pair_is_preferred():
    assert copies.public("Parallel") is sklearn.utils.parallel.Parallel
    assert copies.public("delayed") is sklearn.utils.parallel.delayed


def test_copies_that_are_not_here_are_left_out():
    assert [copy.name for copy in loaded_copies(["joblib", "sklearn.externals.joblib"])] == ["joblib"]


def vendored(folder, version="0.13.2"):
    """Make a scikit-learn with a joblib of its own, as 0.18 to 0.20 had: only its files matter here."""
    package = folder / "sklearn" / "externals" / "joblib"
    package.mkdir(parents=True)
    (folder / "sklearn" / "__init__.py").touch()
    (folder / "sklearn" / "externals" / "__init__.py").touch()
    (package / "__init__.py").write_text(f"__version__ = {version!r}\n", encoding="utf-8")
    (package / "parallel.py").write_text("class Parallel: pass\n", encoding="utf-8")
    return folder


def test_a_copy_of_sklearns_own_comes_first(fresh_python, tmp_path):
    done = fresh_python(
        """
        from joblib_dask_compat.copies import all_copies
        print(all_copies())
        """,
        path=[vendored(tmp_path / "old")],
    )
    assert done.stdout.strip() == f"[<Copy sklearn.externals.joblib 0.13.2>, <Copy joblib {joblib.__version__}>]"


@pytest.mark.parametrize(
    ("chosen", "first"), [("sklearn.externals.joblib.parallel", "sklearn.externals.joblib"), ("joblib", "joblib")]
)
def test_with_0_20_the_one_that_it_chose_comes_first(fresh_python, tmp_path, chosen, first):
    folder = vendored(tmp_path / "old")
    (folder / "sklearn" / "utils").mkdir()
    (folder / "sklearn" / "utils" / "__init__.py").touch()
    (folder / "sklearn" / "utils" / "_joblib.py").write_text(
        f"class Parallel: __module__ = {chosen!r}\n", encoding="utf-8"
    )
    done = fresh_python("from joblib_dask_compat.copies import all_copies; print(all_copies()[0].name)", path=[folder])
    assert done.stdout.strip() == first


def test_shim_of_0_21_is_no_copy(fresh_python, tmp_path):
    folder = vendored(tmp_path / "old")
    (folder / "sklearn" / "externals" / "joblib" / "parallel.py").unlink()
    done = fresh_python("from joblib_dask_compat.copies import has_vendored; print(has_vendored())", path=[folder])
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(("hidden", "imported"), [("distributed", "distributed"), ("dask", "distributed")])
def test_a_file_that_hides_a_package_is_named(fresh_python, tmp_path, hidden, imported):
    hiding = tmp_path / f"{hidden}.py"
    hiding.touch()
    done = fresh_python(
        f"from joblib_dask_compat.copies import import_checked; import_checked({imported!r})", check=False
    )
    assert f"BrokenDependencyError: Importing {hidden!r} finds {hiding}, not the package" in done.stderr
    assert f"What to do: mv {hiding} {tmp_path / ('my_' + hiding.name)}" in done.stderr


def test_packages_are_not_hidden_and_other_modules_are_not_looked_at():
    assert not [name for name in copies.PACKAGES if copies.hidden_by(name)]
    assert copies.hidden_by("textwrap") is None
