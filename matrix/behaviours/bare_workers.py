"""Workers that do not have this package can run everything."""

import os
import tempfile

import numpy as np

ISOLATED = True  # has a cluster of its own
LIMIT = 60

#: Run by Python as it starts, if it is on the path: hides the package, wherever it is installed.
SITECUSTOMIZE = """
import sys

class Hidden(object):
    def find_spec(self, fullname, path=None, target=None):
        if fullname.partition(".")[0] == "joblib_dask_compat":
            raise ModuleNotFoundError("No module named %r" % fullname, name=fullname)

sys.meta_path.insert(0, Hidden())
"""


def has_package():
    try:
        import joblib_dask_compat  # noqa: F401
    except ImportError:
        return False
    return True


def check(stage):
    from sklearn.datasets import load_iris
    from sklearn.model_selection import GridSearchCV
    from sklearn.svm import SVC

    from behaviours.exception import RefusedError, task
    from behaviours.grid_search import accuracy_and_pid
    from behaviours.nested import flat, pids_below

    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "sitecustomize.py"), "w") as stream:
            stream.write(SITECUSTOMIZE)
        with stage.processes(pythonpath=[folder]) as started:
            client = started.client
            assert set(client.run(has_package).values()) == {False}

            X, y = load_iris(return_X_y=True)
            search = GridSearchCV(SVC(), {"C": [1, 10], "gamma": [0.1]}, cv=3, scoring=accuracy_and_pid, refit=False)
            with stage.block(client=client, scatter=[X, y]):
                search.fit(X, y)
                scores = [search.cv_results_[f"split{split}_test_score"] for split in range(3)]
                stage.ran_on_workers(np.floor(scores).ravel(), client)

                tasks = [stage.delayed(pids_below)(stage.joblib.__name__, 2) for _ in range(4)]
                stage.ran_on_workers(flat(stage.Parallel()(tasks)), client)

                try:
                    stage.Parallel()(stage.delayed(task)(number, 1) for number in range(4))
                except RefusedError as exc:
                    args = exc.args
                else:
                    raise AssertionError("a call with a task that raises returned")
                assert args == ("no", 7, {"why": "because"}), args
            assert set(client.run(has_package).values()) == {False}
