import io

from joblib import load as pickle_loader
from joblib.numpy_pickle import (load as load_pickle, dump as dump_pickle)

buffer = io.BytesIO()
dump_pickle([1, 2], buffer)
print(pickle_loader(io.BytesIO(buffer.getvalue())), load_pickle(io.BytesIO(buffer.getvalue())))
# prints: [1, 2] [1, 2]
