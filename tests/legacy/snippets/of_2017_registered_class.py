# scikit-optimize's and others' examples, 2017: the class is imported and registered by hand; host and port are a pair
import json
import os
import sys

from distributed.joblib import DistributedBackend
from sklearn.externals.joblib import Parallel, delayed, parallel_backend, register_parallel_backend

host, port = sys.argv[1].split(':')
register_parallel_backend('distributed', DistributedBackend)

with parallel_backend('distributed', scheduler_host=(host, int(port))):
    pids = Parallel()(delayed(os.getpid)() for _ in range(10))

print(json.dumps(pids))
