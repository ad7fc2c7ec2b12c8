"""A GridSearchCV gives the sequential scores and the same best parameters, and every fit ran in a worker process."""

import os

CORE = True
LIMIT = 60


def accuracy_and_pid(estimator, X, y):
    """A scorer that notes where it ran: accuracy in the fraction's place, the process id before the point."""
    return os.getpid() + 0.5 * estimator.score(X, y)


def check(stage):
    import numpy as np
    from sklearn.datasets import load_digits
    from sklearn.model_selection import GridSearchCV
    from sklearn.svm import SVC

    digits = load_digits()
    X, y = digits.data[:300], digits.target[:300]
    grid = {"C": [0.1, 1.0, 10.0], "gamma": [0.001, 0.01]}

    with stage.block(scatter=[X, y]):
        on_cluster = GridSearchCV(SVC(), grid, cv=3, scoring=accuracy_and_pid, refit=False).fit(X, y)
    splits = [f"split{split}_test_score" for split in range(3)]
    pids = np.array([np.floor(on_cluster.cv_results_[name]) for name in splits])
    stage.ran_on_workers(pids.ravel())

    sequential = GridSearchCV(SVC(), grid, cv=3, refit=False).fit(X, y)
    for name, where in zip(splits, pids):
        scores = 2 * (on_cluster.cv_results_[name] - where)
        assert np.allclose(scores, sequential.cv_results_[name], atol=1e-9), name

    with stage.block(scatter=[X, y]):
        refitted = GridSearchCV(SVC(), grid, cv=3).fit(X, y)
    assert refitted.best_params_ == sequential.best_params_, f"the best are {refitted.best_params_}"
    assert np.array_equal(refitted.cv_results_["mean_test_score"], sequential.cv_results_["mean_test_score"])
