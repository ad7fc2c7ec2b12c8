"""`joblib-dask-compat run` is like python itself: the same sys.argv, __main__, exit status and traceback."""

import json
import zipfile

import pytest

SHOW = """
import json, sys
main = sys.modules["__main__"]
spec = main.__spec__ and main.__spec__.name
print(json.dumps([__name__, __file__, spec, __package__, sys.argv, sys.path[0], vars(main) is globals()]))
"""


def written(folder, name, text):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def folder_with_main(folder):
    written(folder, "program/__main__.py", SHOW)
    return ["program", "a"]


def archive(folder):
    with zipfile.ZipFile(folder / "program.zip", "w") as file:
        file.writestr("__main__.py", SHOW)
    return ["program.zip", "a"]


def script(folder):
    return [written(folder, "scripts/program.py", SHOW), "a", "-m", "--help", "--", "b"]


def script_without_suffix(folder):
    return [written(folder, "scripts/program", SHOW)]


def module(folder):
    written(folder, "package/__init__.py", "")
    written(folder, "package/module.py", SHOW)
    return ["-m", "package.module", "-a", "b"]


def package(folder):
    written(folder, "package/__init__.py", "")
    written(folder, "package/__main__.py", SHOW)
    return ["-m", "package"]


KINDS = [script, script_without_suffix, module, package, folder_with_main, archive]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_program_sees_what_it_would_see_under_python(stack, kind):
    arguments = kind(stack.folder)
    alone, under_run = stack.python_does(*arguments).stdout, stack.runs(*arguments).stdout
    alone, under_run = json.loads(alone), json.loads(under_run)
    for path in (1, 5):  # absolute or not, that changed with Python 3.9
        alone[path], under_run[path] = (str(stack.folder / each[path]) for each in (alone, under_run))
    assert under_run == alone
    assert alone[0] == "__main__"


ENDS = {
    "falls off": "",
    "exits with a number": "import sys; sys.exit(7)",
    "exits with a word": "raise SystemExit('goodbye')",
    "fails": "def f():\n    {}[1]\nf()",
    "fails while it handles a failure": "try:\n    1 / 0\nexcept Exception:\n    {}[1]",
    "is interrupted": "raise KeyboardInterrupt",
    "is no Python": "def f(:",
    "has an encoding": "# -*- coding: latin-1 -*-\nprint(len('\xe9'))",
    "has a hook": "import sys\nsys.excepthook = lambda *a: print('hook', a[0].__name__, a[2].tb_lineno)\n1 / 0",
    "registers an end": "import atexit\natexit.register(print, 'end')\nraise ValueError('x')",
}


@pytest.mark.parametrize("text", ENDS.values(), ids=ENDS)
def test_program_ends_as_under_python(stack, text):
    path = stack.folder / "program.py"
    path.write_bytes(text.encode("latin-1"))
    alone, under_run = stack.python_does(path, check=False), stack.runs(path, check=False)
    assert under_run.returncode == alone.returncode
    assert under_run.stdout == alone.stdout
    assert under_run.stderr == alone.stderr


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["nowhere.py"], "there is no such file"),
        (["-m", "nowhere"], "there is no such module"),
        (["-m", "nowhere.at.all"], "No module named 'nowhere'"),
        (["-m", "xml"], "without a __main__"),
        (["-m", "sys"], "no code in Python"),
        (["."], "no __main__.py"),
    ],
)
def test_what_is_no_program_is_told(stack, arguments, why):
    done = stack.runs(*arguments, check=False)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert why in line


SPAWNING = """
import json
import multiprocessing
import sys
from sklearn.externals.joblib import cpu_count

def work(number):
    return [number * number, __name__, cpu_count() > 0]

if __name__ == "__main__":
    told = {}
    for method in ("fork", "spawn", "forkserver"):
        with multiprocessing.get_context(method).Pool(1) as pool:
            told[method] = pool.map(work, [3])[0]
    print(json.dumps(told))
"""


@pytest.mark.parametrize("as_module", [False, True])
def test_spawned_processes_have_the_paths_open(stack, as_module):
    written(stack.folder, "spawning.py", SPAWNING)
    done = stack.runs(*(["-m", "spawning"] if as_module else ["spawning.py"]))
    assert json.loads(done.stdout) == {
        "fork": [9, "__main__", True],
        "spawn": [9, "__mp_main__", True],
        "forkserver": [9, "__mp_main__", True],
    }


OWN_CLUSTER = """
import json
import os
import distributed.joblib
from dask.distributed import Client, LocalCluster
from sklearn.externals.joblib import Parallel, delayed, parallel_backend

def task(_):
    return os.getpid()

if __name__ == "__main__":
    client = Client(LocalCluster(n_workers=2, threads_per_worker=1, scheduler_port=0))
    with parallel_backend("dask"):
        pids = Parallel(n_jobs=-1)(delayed(task)(i) for i in range(6))
    print(json.dumps([pids, list(client.run(os.getpid).values())]))
    client.close()
"""


@pytest.mark.cluster
def test_program_that_starts_a_cluster_of_its_own(stack):
    pids, workers = json.loads(stack.runs(written(stack.folder, "own.py", OWN_CLUSTER)).stdout.splitlines()[-1])
    assert pids
    assert set(pids) <= set(workers)


def test_subclass_of_the_program_is_pickled_by_the_programs_name(stack):
    text = "import pickle\nclass Mine: pass\nassert type(pickle.loads(pickle.dumps(Mine()))) is Mine\nprint('fine')"
    assert stack.runs(written(stack.folder, "program.py", text)).stdout.strip() == "fine"


def test_nothing_is_left_beside_the_script(stack):
    path = written(stack.folder, "only/program.py", "print(1)")
    stack.runs(path)
    assert [each.name for each in path.parent.iterdir()] == ["program.py"]


def test_warning_points_at_the_programs_line(stack):
    path = written(stack.folder, "program.py", "\n\nimport dask_ml.joblib\n")
    done = stack.python_does("-m", "joblib_dask_compat", "run", path)
    assert f"{path}:3: LegacyImportWarning: dask_ml.joblib is gone" in done.stderr
