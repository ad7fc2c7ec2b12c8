"""The published snippet, word for word, runs a search on the workers (in the column ``compat`` through ``legacy``)."""

CORE = True
ISOLATED = True  # what it registers stays in joblib
LIMIT = 30

SNIPPET = """
from joblib import _dask, parallel_backend
from sklearn.utils import register_parallel_backend

register_parallel_backend('distributed', _dask.DaskDistributedBackend)

with parallel_backend('distributed', scheduler_host='HOST:PORT'):
    search.fit(X, y)
"""


def check(stage):
    import numpy as np
    from sklearn.datasets import load_iris
    from sklearn.model_selection import GridSearchCV
    from sklearn.svm import SVC

    from behaviours.grid_search import accuracy_and_pid

    X, y = load_iris(return_X_y=True)
    grid = {"C": [0.1, 1.0, 10.0], "gamma": [0.01]}
    search = GridSearchCV(SVC(), grid, cv=3, scoring=accuracy_and_pid, refit=False)
    address = stage.client.scheduler.address.rpartition("/")[2]

    if stage.column == "compat":
        from joblib_dask_compat import legacy

        legacy.install()
        try:
            exec(SNIPPET.replace("HOST:PORT", address), {"search": search, "X": X, "y": y})
        finally:
            legacy.uninstall()
    else:
        exec(SNIPPET.replace("HOST:PORT", address), {"search": search, "X": X, "y": y})

    scores = [search.cv_results_[f"split{split}_test_score"] for split in range(3)]
    stage.ran_on_workers(np.floor(scores).ravel())
