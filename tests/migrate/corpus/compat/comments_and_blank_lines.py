#!/usr/bin/env python
# -*- coding: utf-8 -*-
# what this script is about

# the backend

# the rest
import os                               # aligned by hand
# joblib is part of scikit-learn
# the next two belong together
# takes a name
from joblib import Parallel, delayed
from joblib_dask_compat import parallel_backend



with parallel_backend('dask',           # which backend
                      scheduler_host=os.environ['SCHEDULER']):  # and where
    # inside
    pids = Parallel()( delayed(os.getpid)( ) for _ in range(4) )
    # at the end of the block
# after it
print( os.getpid() in pids )
# prints: False
