import os

from dask.distributed import Client
import distributed.joblib
from sklearn.externals.joblib import Parallel, delayed

client = Client(os.environ["SCHEDULER"])
pids = Parallel(n_jobs=2, backend="dask.distributed")(delayed(os.getpid)() for _ in range(4))
pids += Parallel(2, 'distributed')(delayed(os.getpid)() for _ in range(4))
print(os.getpid() in pids)
client.close()
# prints: False
