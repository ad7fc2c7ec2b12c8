"""Not in a block: the backend is set until it is taken back."""
import os

import distributed.joblib  # noqa
import joblib

active = joblib.parallel_backend('distributed', scheduler_host=os.environ['SCHEDULER'])
pids = joblib.Parallel()(joblib.delayed(os.getpid)() for _ in range(4))
active.unregister()
print(os.getpid() in pids)
# prints: False
