# dask's page on joblib, 2017: scikit-learn has a joblib of its own, so parallel_backend comes from there
from __future__ import print_function

import json
import os
import sys

import distributed.joblib
import numpy as np
from sklearn.datasets import load_digits
from sklearn.externals.joblib import parallel_backend
from sklearn.model_selection import RandomizedSearchCV
from sklearn.svm import SVC


def pid_of_worker(estimator, X, y):
    return float(os.getpid())


digits = load_digits()
param_space = {
    'C': np.logspace(-6, 6, 13),
    'gamma': np.logspace(-8, 8, 17),
}
search = RandomizedSearchCV(SVC(kernel='rbf'), param_space, cv=3, n_iter=4, scoring=pid_of_worker, refit=False)

with parallel_backend('dask.distributed', scheduler_host=sys.argv[1]):
    search.fit(digits.data[:100], digits.target[:100])

print(json.dumps([search.cv_results_['split%d_test_score' % split].tolist() for split in range(3)]))
