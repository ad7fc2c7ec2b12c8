import os, sklearn.externals.joblib as jl, sys; import distributed.joblib
from sklearn.externals import joblib; print(joblib is jl, sys.argv[1:])
if True: import dask_ml.joblib
with joblib.parallel_backend('distributed', scheduler_host=os.environ['SCHEDULER']): pids = jl.Parallel()(jl.delayed(os.getpid)() for _ in range(4))
print(os.getpid() in pids); x = 1
# prints: True []
# prints: False
