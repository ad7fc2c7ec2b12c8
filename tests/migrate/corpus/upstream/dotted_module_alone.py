import sklearn
import joblib

print(joblib.hash([1]) == joblib.hash([1]), sklearn.__name__)
# prints: True sklearn
