#coding=utf-8
import sklearn.externals.joblib as jl
print(jl.Parallel(n_jobs=1)(jl.delayed(abs)(i) for i in (-1, -2)))
# prints: [1, 2]
