import os

import joblib
from joblib_dask_compat import parallel_config
from dask.distributed import Client


def main():
    with Client(os.environ["SCHEDULER"]):
        with parallel_config(backend="dask"):
            return joblib.Parallel(verbose=0)(joblib.delayed(os.getpid)() for _ in range(4))


if __name__ == "__main__":
    print(os.getpid() in main())
# prints: False
