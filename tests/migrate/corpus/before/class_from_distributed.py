# 2016: the class comes from distributed, and is registered by hand
from distributed.joblib import DistributedBackend

# joblib has to come from scikit-learn for its searches to find the backend
from sklearn.externals.joblib import Parallel, delayed, parallel_backend, \
    register_parallel_backend
import os

register_parallel_backend('distributed', DistributedBackend)

with parallel_backend('distributed', scheduler_host=os.environ['SCHEDULER']):
    pids = Parallel()(delayed(os.getpid)() for _ in range(4))

print(os.getpid() in pids)
# prints: False
