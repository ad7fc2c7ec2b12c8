from joblib import Parallel
from sklearn.utils import shuffle
from sklearn.utils.fixes import delayed

print(sorted(Parallel(n_jobs=1)(delayed(abs)(i) for i in shuffle([-1, -2]))))
# prints: [1, 2]
