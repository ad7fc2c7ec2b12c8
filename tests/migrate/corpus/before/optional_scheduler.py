import argparse
import os

import joblib

parser = argparse.ArgumentParser()
parser.add_argument("--dask-scheduler", default=os.environ["SCHEDULER"])


def run(argv):
    args = parser.parse_args(argv)
    if args.dask_scheduler:
        import distributed.joblib  # for side effects
        backend = joblib.parallel_backend(
            'distributed',
            scheduler_host=args.dask_scheduler)
        with backend:
            go()
    else:
        go()


def go():
    print(os.getpid() in joblib.Parallel()(joblib.delayed(os.getpid)() for _ in range(4)))


run([])
# prints: False
