# extensions of scikit-learn, 2019 to 2022: what it imports itself
import json
import os
import sys

from dask.distributed import Client
from joblib import parallel_backend
from sklearn.utils._joblib import Parallel
from sklearn.utils.fixes import delayed

client = Client(sys.argv[1])


def task(number):
    return os.getpid()


with parallel_backend('dask'):
    pids = Parallel(n_jobs=-1)(delayed(task)(number) for number in range(8))

print(json.dumps(pids))
