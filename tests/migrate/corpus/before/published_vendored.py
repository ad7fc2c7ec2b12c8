from sklearn.externals.joblib import _dask, parallel_backend
from sklearn.utils import register_parallel_backend
from sklearn.externals.joblib import parallel_backend
register_parallel_backend('distributed',_dask.DaskDistributedBackend)
import os
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV

iris = load_iris()
grid = GridSearchCV(RandomForestClassifier(n_estimators=5, random_state=0), {"max_depth": [1, 3]}, cv=3)
with parallel_backend('distributed', scheduler_host=os.environ['SCHEDULER']):
    grid.fit(iris.data, iris.target)
print(grid.best_params_)
# prints: {'max_depth': 3}
