import os


def on_cluster(address):
    import distributed.joblib  # for side effects
    from sklearn.externals.joblib import Parallel, delayed, parallel_backend

    with parallel_backend("dask.distributed", scheduler_host=address):
        return Parallel()(delayed(os.getpid)() for _ in range(4))


def here():
    from sklearn.externals.joblib import Parallel, delayed

    return Parallel(n_jobs=1)(delayed(os.getpid)() for _ in range(2))


print(os.getpid() in on_cluster(os.environ["SCHEDULER"]), os.getpid() in here())
# prints: False True
