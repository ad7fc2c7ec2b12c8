# tests of cluster images, 2018: every path is tried, a missing one is let be
import json
import os
import sys

import dask.distributed
import distributed

try:
    import dask.distributed.joblib
except ImportError:
    pass

try:
    import distributed.joblib
except ImportError:
    pass

import sklearn
import sklearn.externals
import sklearn.externals.joblib

client = distributed.Client(sys.argv[1])
with sklearn.externals.joblib.parallel_backend('dask'):
    pids = sklearn.externals.joblib.Parallel(n_jobs=-1)(
        sklearn.externals.joblib.delayed(os.getpid)() for _ in range(8)
    )

print(json.dumps(pids))
