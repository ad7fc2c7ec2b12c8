# 2018: the default client is enough
import os
from dask.distributed import Client
client = Client(os.environ["SCHEDULER"])

import dask_ml.joblib  # register the distributed backend
from sklearn.datasets import make_classification
from sklearn.externals import joblib
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC

X, y = make_classification(n_samples=60, random_state=0)
grid_search = GridSearchCV(SVC(gamma="auto", random_state=0),
                           param_grid={"C": [0.1, 10.0]},
                           return_train_score=False,
                           cv=3,
                           n_jobs=-1)
with joblib.parallel_backend("dask", scatter=[X, y]):
    grid_search.fit(X, y)
print(sorted(grid_search.best_params_))
client.close()
# prints: ['C']
