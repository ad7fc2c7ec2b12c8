# dask-ml's documentation, 2018: dask_ml.joblib registers the backend; large data are scattered beforehand
import json
import os
import sys

import dask_ml.joblib
from dask.distributed import Client
from sklearn.datasets import make_classification
from sklearn.externals import joblib
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC

client = Client(sys.argv[1])
X, y = make_classification(n_samples=300, random_state=0)


def pid_of_worker(estimator, X, y):
    return float(os.getpid())


grid_search = GridSearchCV(
    SVC(gamma='auto', random_state=0),
    param_grid={'C': [0.001, 0.01, 0.1, 0.5], 'kernel': ['rbf', 'poly']},
    scoring=pid_of_worker,
    cv=2,
    n_jobs=-1,
    refit=False,
)

with joblib.parallel_backend('dask', scatter=[X, y]):
    grid_search.fit(X, y)

print(json.dumps([grid_search.cv_results_['split%d_test_score' % split].tolist() for split in range(2)]))
