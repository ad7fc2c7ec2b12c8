"""scikit-learn's configuration reaches the tasks, those of nested calls too, and ends with them."""

import os

LIMIT = 30
FOLDS = 24
AT_FIRST = 2  # of them; the others are dispatched as results arrive, which is in another thread than the caller's


def assume_finite_and_pid(estimator, X, y):
    """A scorer that tells the configuration in the fraction's place, the process id before the point."""
    import sklearn

    return os.getpid() + 0.5 * sklearn.get_config()["assume_finite"]


def both_levels(search, X, y):
    """The same for a task and the nested ones that it started: configured means, all of them."""
    below = search.cv_results_["split0_test_score"].tolist()
    above = assume_finite_and_pid(search, X, y)
    return above if all(score % 1 for score in below) else os.getpid()


def check(stage):
    import sklearn

    stage.require(hasattr(sklearn, "config_context"), "config_context came with scikit-learn 0.19")
    with stage.block():
        assert seen(stage) == {False}, "an option was set on the workers that nobody had set"
        with sklearn.config_context(assume_finite=True):
            assert seen(stage) == {True}, "config_context did not reach the tasks"
        assert seen(stage) == {False}, "the configuration stayed on the workers"

    sklearn.set_config(assume_finite=True)
    try:
        with stage.block():
            assert seen(stage) == {True}, "set_config did not reach the tasks"
            assert seen(stage, nested=True) == {True}, "set_config did not reach the tasks of a nested call"
    finally:
        sklearn.set_config(assume_finite=False)


def seen(stage, nested=False):
    """Return what the tasks of a cross-validation saw as the configuration."""
    import numpy as np
    from sklearn.model_selection import GridSearchCV, cross_val_score
    from sklearn.svm import SVC

    X, y = np.arange(2.0 * FOLDS).reshape(-1, 1), np.arange(2 * FOLDS) % 2  # too small to be placed apart
    estimator, scoring, folds = SVC(gamma=0.1), assume_finite_and_pid, FOLDS
    if nested:
        estimator = GridSearchCV(estimator, {"C": [1, 2]}, cv=2, scoring=scoring, pre_dispatch=AT_FIRST)
        scoring, folds = both_levels, FOLDS // 4  # each of which has four below it
    scores = cross_val_score(estimator, X, y, cv=folds, scoring=scoring, pre_dispatch=AT_FIRST)
    stage.ran_on_workers(np.floor(scores))
    return set((scores % 1 == 0.5).tolist())
