# scikit-learn 0.20 to 0.22 had joblib's names in sklearn.utils
import json
import os
import sys

from dask.distributed import Client
from sklearn.utils import Parallel, cpu_count, delayed, effective_n_jobs, parallel_backend

client = Client(sys.argv[1])
with parallel_backend('dask'):
    assert effective_n_jobs(-1) >= 1 and cpu_count() >= 1
    pids = Parallel(n_jobs=-1)(delayed(os.getpid)() for _ in range(8))

print(json.dumps(pids))
