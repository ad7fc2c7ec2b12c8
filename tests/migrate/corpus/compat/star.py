from joblib import *

print(Parallel(n_jobs=1)(delayed(abs)(i) for i in (-1, -2)))
# prints: [1, 2]
