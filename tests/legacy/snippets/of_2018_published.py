# the recipe that circulates since 2018: joblib's class, registered through scikit-learn
import json
import os
import sys

from joblib import _dask, parallel_backend
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC
from sklearn.utils import register_parallel_backend


def pid_of_worker(estimator, X, y):
    return float(os.getpid())


register_parallel_backend('distributed', _dask.DaskDistributedBackend)

search = GridSearchCV(SVC(), {'C': [0.1, 1.0, 10.0], 'gamma': [0.01]}, cv=3, scoring=pid_of_worker, refit=False)
with parallel_backend('distributed', scheduler_host=sys.argv[1]):
    search.fit(*load_iris(return_X_y=True))

print(json.dumps([search.cv_results_['split%d_test_score' % split].tolist() for split in range(3)]))
