from sklearn.utils import Parallel, delayed, parallel_backend

with parallel_backend('threading', n_jobs=2):
    print(Parallel()(delayed(abs)(i) for i in (-1, -2)))
# prints: [1, 2]
