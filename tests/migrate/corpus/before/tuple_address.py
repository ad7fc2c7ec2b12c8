import os

from joblib import Parallel, delayed, parallel_backend
import distributed.joblib

host, port = os.environ["SCHEDULER"].split(":")
loop = None


def test_simple():
    with parallel_backend('distributed', loop=loop,
            scheduler_host=(host, int(port))):

        return Parallel()(delayed(os.getpid)() for _ in range(4))


print(os.getpid() in test_simple())
# prints: False
