# blog posts on clusters, 2018: the class of scikit-learn's own joblib
import json
import os
import sys

from sklearn.externals.joblib import Parallel, _dask, delayed, parallel_backend
from sklearn.utils import register_parallel_backend

register_parallel_backend('distributed', _dask.DaskDistributedBackend)

with parallel_backend('distributed', scheduler_host=sys.argv[1]):
    pids = Parallel(n_jobs=-1)(delayed(os.getpid)() for _ in range(10))

print(json.dumps(pids))
