import contextlib
import os

import distributed
from joblib import Parallel, delayed, parallel_backend

with contextlib.ExitStack() as stack:
    client = stack.enter_context(distributed.Client(os.environ["SCHEDULER"]))
    stack.enter_context(parallel_backend("dask", n_jobs=2))
    pids = Parallel()(delayed(os.getpid)() for _ in range(4))
print(os.getpid() in pids)
# prints: False
