# larger programs, 2017 to 2019: more of sklearn.externals.joblib than its Parallel
import json
import os
import sys
import tempfile

from dask.distributed import Client
from sklearn.externals.joblib import Memory, cpu_count, dump, hash, load
from sklearn.externals.joblib.func_inspect import filter_args
from sklearn.externals.joblib.logger import format_time
from sklearn.externals.joblib.my_exceptions import JoblibValueError
from sklearn.externals.joblib.parallel import Parallel, delayed, parallel_backend

import distributed.joblib

folder = tempfile.mkdtemp()
memory = Memory(None)
client = Client(sys.argv[1])


@memory.cache
def settings(n_jobs):
    return {'n_jobs': n_jobs, 'cores': cpu_count()}


def task(number):
    if number < 0:
        raise ValueError('negative')
    return os.getpid()


path = os.path.join(folder, 'settings.pkl')
dump(settings(-1), path)
assert hash(load(path)) == hash(settings(-1))
assert filter_args(task, [], (1,)) == {'number': 1}
assert format_time(3).endswith('min') or format_time(3).endswith('s')

with parallel_backend('dask'):
    try:
        Parallel(n_jobs=-1)(delayed(task)(number) for number in (1, -1))
        raise AssertionError('the task did not fail')
    except (JoblibValueError, ValueError) as error:
        assert 'negative' in str(error)
    pids = Parallel(n_jobs=-1)(delayed(task)(number) for number in range(8))

print(json.dumps(pids))
