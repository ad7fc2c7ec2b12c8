import os, joblib as jl, sys
import joblib; print(joblib is jl, sys.argv[1:])
if True: pass
with joblib.parallel_backend('dask', scheduler_host=os.environ['SCHEDULER']): pids = jl.Parallel()(jl.delayed(os.getpid)() for _ in range(4))
print(os.getpid() in pids); x = 1
# prints: True []
# prints: False
