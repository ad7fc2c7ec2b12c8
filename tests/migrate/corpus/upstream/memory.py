import tempfile

from joblib import Memory

memory = Memory(location=tempfile.mkdtemp(), verbose=0)
calls = []


@memory.cache
def square(x):
    calls.append(x)
    return x * x


print(square(3), square(3), len(calls), Memory(location=None).cache(abs)(-1))
# prints: 9 9 1 1
