# 2016: the class comes from distributed, and is registered by hand

# joblib has to come from scikit-learn for its searches to find the backend
from joblib import Parallel, delayed, parallel_backend
import os

with parallel_backend('dask', scheduler_host=os.environ['SCHEDULER']):
    pids = Parallel()(delayed(os.getpid)() for _ in range(4))

print(os.getpid() in pids)
# prints: False
