"""A backend of one's own under a name that was Dask's too."""
from sklearn.externals.joblib import Parallel, delayed, parallel_backend, register_parallel_backend
from sklearn.externals.joblib.parallel import ThreadingBackend


class DistributedBackend(ThreadingBackend):
    pass


register_parallel_backend("distributed", DistributedBackend)
with parallel_backend("distributed", n_jobs=2):
    print(Parallel()(delayed(abs)(i) for i in (-1, -2)))
# prints: [1, 2]
