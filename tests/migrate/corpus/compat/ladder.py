import joblib
print(joblib.Parallel(n_jobs=1)(joblib.delayed(abs)(i) for i in (-1, -2)))
# prints: [1, 2]
