import os
import tempfile

import joblib

path = os.path.join(tempfile.mkdtemp(), "model.pkl")
joblib.dump({"weights": [1, 2, 3]}, path, compress=3)
print(joblib.load(path)["weights"])
# prints: [1, 2, 3]
