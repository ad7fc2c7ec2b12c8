from sklearn.base import clone
from sklearn.svm import SVC
from joblib import Parallel, delayed, effective_n_jobs

print([est.C for est in Parallel(n_jobs=1)(delayed(clone)(SVC(C=c)) for c in (1, 2))], effective_n_jobs(1))
# prints: [1, 2] 1
