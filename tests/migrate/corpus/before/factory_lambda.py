import os

import joblib
from distributed import Client
from joblib._dask import DaskDistributedBackend

client = Client(os.environ["SCHEDULER"], set_as_default=False)
joblib.register_parallel_backend(
    "distributed", lambda: DaskDistributedBackend(client=client)
)

with joblib.parallel_backend("distributed", n_jobs=2):
    pids = joblib.Parallel()(joblib.delayed(os.getpid)() for _ in range(4))
print(os.getpid() in pids)
client.close()
# prints: False
