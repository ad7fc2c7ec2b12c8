import os
# wherever it is
# it is part of scikit-learn
from joblib import Parallel, delayed  # installed beside
from joblib_dask_compat import parallel_backend

with parallel_backend("dask", scheduler_host=os.environ["SCHEDULER"]):
    print(os.getpid() in Parallel()(delayed(os.getpid)() for _ in range(4)))
# prints: False
