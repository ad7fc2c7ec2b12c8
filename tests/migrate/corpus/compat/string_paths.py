"""Paths in strings may be there for old pickles."""
import sys

import joblib

sys.modules["sklearn.externals.joblib"] = joblib
from joblib import dump, load

print(dump is joblib.dump, load is joblib.load, __import__("sklearn.externals.joblib").__name__)
del sys.modules["sklearn.externals.joblib"]
# prints: True True sklearn
