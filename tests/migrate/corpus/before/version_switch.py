import sklearn

if int(sklearn.__version__.split('.')[1]) <= 20 and sklearn.__version__.startswith('0.'):
    from sklearn.externals import joblib
else:
    import joblib

print(joblib.hash(1) == joblib.hash(1))
# prints: True
