# 2018: the default client is enough
import os
from dask.distributed import Client
client = Client(os.environ["SCHEDULER"])

from sklearn.datasets import make_classification
from joblib_dask_compat import parallel_backend
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC

X, y = make_classification(n_samples=60, random_state=0)
grid_search = GridSearchCV(SVC(gamma="auto", random_state=0),
                           param_grid={"C": [0.1, 10.0]},
                           return_train_score=False,
                           cv=3,
                           n_jobs=-1)
with parallel_backend("dask", scatter=[X, y]):
    grid_search.fit(X, y)
print(sorted(grid_search.best_params_))
client.close()
# prints: ['C']
