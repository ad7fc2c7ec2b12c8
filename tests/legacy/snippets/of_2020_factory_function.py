# wrappers around joblib, 2020: a function makes the backend, with the client that it was given
import json
import os
import sys

import joblib
from distributed import Client
from joblib._dask import DaskDistributedBackend

client = Client(sys.argv[1], set_as_default=False)
joblib.register_parallel_backend('mine', lambda: DaskDistributedBackend(client=client))

with joblib.parallel_backend('mine'):
    pids = joblib.Parallel(n_jobs=-1)(joblib.delayed(os.getpid)() for _ in range(8))

print(json.dumps(pids))
