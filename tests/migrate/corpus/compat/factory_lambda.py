import os

import joblib
from joblib_dask_compat import parallel_backend
from distributed import Client

client = Client(os.environ["SCHEDULER"], set_as_default=False)

with parallel_backend("dask", n_jobs=2, client=client):
    pids = joblib.Parallel()(joblib.delayed(os.getpid)() for _ in range(4))
print(os.getpid() in pids)
client.close()
# prints: False
