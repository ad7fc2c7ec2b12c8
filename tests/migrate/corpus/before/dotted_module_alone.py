import sklearn.externals.joblib

print(sklearn.externals.joblib.hash([1]) == sklearn.externals.joblib.hash([1]), sklearn.__name__)
# prints: True sklearn
