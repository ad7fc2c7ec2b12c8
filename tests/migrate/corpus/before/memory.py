import tempfile

from sklearn.externals.joblib import Memory

memory = Memory(cachedir=tempfile.mkdtemp(), verbose=0)
calls = []


@memory.cache
def square(x):
    calls.append(x)
    return x * x


print(square(3), square(3), len(calls), Memory(cachedir=None).cache(abs)(-1))
# prints: 9 9 1 1
