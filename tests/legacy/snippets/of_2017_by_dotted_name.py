# configuration files of palladium, 2017: "distributed.joblib.joblib" is resolved by name, for its side effect
import importlib
import json
import os
import sys

joblib = importlib.import_module('distributed.joblib').joblib

with joblib.parallel_backend('dask.distributed', scheduler_host=sys.argv[1]):
    pids = joblib.Parallel(n_jobs=2)(joblib.delayed(os.getpid)() for _ in range(6))

print(json.dumps(pids))
