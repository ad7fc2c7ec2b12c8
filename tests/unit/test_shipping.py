"""The worker side travels: it runs in a process that does not have this package, and goes on from there."""

import pickle
import subprocess
import sys
from pathlib import Path

from joblib_dask_compat.shipping import shipped
from joblib_dask_compat.versions import versions

# a process into which the pickle comes, without this package, and which sends it on, as a scheduler does
WITHOUT = """
import cloudpickle, pickle, sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "joblib_dask_compat":
            raise ImportError(name)
sys.meta_path.insert(0, Hidden())
*before, source, target = sys.argv[1:]
for path in before:
    pickle.load(open(path, "rb"))
arrived = pickle.load(open(source, "rb"))
cloudpickle.dump(arrived, open(target, "wb"))
print(getattr(arrived(), "joblib", None))
"""


def run_without_package(*arguments):
    return subprocess.run(
        [sys.executable, "-c", WITHOUT, *arguments], capture_output=True, text=True, check=True
    ).stdout


def test_a_function_travels_through_processes_without_the_package(tmp_path):
    first, second, third = (str(tmp_path / name) for name in ("first", "second", "third"))
    Path(first).write_bytes(pickle.dumps(shipped("versions", "versions")))
    assert run_without_package(first, second).strip() == versions().joblib
    assert run_without_package(second, third).strip() == versions().joblib
    assert pickle.loads(Path(third).read_bytes())() == versions()


def test_brief_function_runs_where_the_sources_are_and_nowhere_else(tmp_path):
    full, brief, sent_on, sent_on_blindly = (str(tmp_path / name) for name in ("full", "brief", "known", "unknown"))
    function = shipped("versions", "versions")
    Path(full).write_bytes(pickle.dumps(function))
    Path(brief).write_bytes(pickle.dumps(function.brief))
    assert Path(brief).stat().st_size < 300
    assert run_without_package(brief, sent_on_blindly).strip() == "None"
    assert pickle.loads(Path(sent_on_blindly).read_bytes())() is None
    assert run_without_package(full, brief, sent_on).strip() == versions().joblib
    assert Path(sent_on).stat().st_size < 300
    assert pickle.loads(Path(sent_on).read_bytes())() == versions()


def test_every_module_that_travels_imports_only_what_travels():
    from joblib_dask_compat import shipping

    package = Path(shipping.__file__).parent
    for module in shipping.MODULES:
        source = (package / f"{module}.py").read_text(encoding="utf-8")
        top = [line for line in source.splitlines() if line.startswith("from .")]
        for line in top:
            home, _, names = line.removeprefix("from .").partition(" import ")
            needed = [home] if home else [name.strip() for name in names.split(",")]
            assert set(needed) <= set(shipping.MODULES), f"{module} needs {needed}, which does not travel"
