# distributed's documentation, 2016: importing distributed.joblib registers a backend with joblib
import json
import os
import sys

import distributed.joblib
from joblib import Parallel, delayed, parallel_backend

with parallel_backend('dask.distributed', scheduler_host=sys.argv[1]):
    pids = Parallel(n_jobs=-1, verbose=5)(delayed(os.getpid)() for _ in range(8))

print(json.dumps(pids))
