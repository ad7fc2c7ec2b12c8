"""The backend comes from a function, which may do anything."""
import os

from distributed import Client
from joblib._dask import DaskDistributedBackend
import joblib

client = Client(os.environ["SCHEDULER"])


def make(**options):
    return DaskDistributedBackend(client=client, **options)


joblib.register_parallel_backend("distributed", make)
with joblib.parallel_backend("distributed"):
    pids = joblib.Parallel()(joblib.delayed(os.getpid)() for _ in range(4))
print(os.getpid() in pids)
client.close()
# prints: False
