import os
# wherever it is
try:
    from joblib import Parallel, delayed  # installed beside
except ImportError:
    # it is part of scikit-learn
    try:
        from sklearn.externals.joblib import Parallel, delayed
    except ImportError:
        from sklearn.utils import Parallel, delayed
try:
    import distributed.joblib
except ImportError:
    pass
from joblib import parallel_backend

with parallel_backend("dask.distributed", scheduler_host=os.environ["SCHEDULER"]):
    print(os.getpid() in Parallel()(delayed(os.getpid)() for _ in range(4)))
# prints: False
