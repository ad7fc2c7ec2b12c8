import io

from sklearn import datasets
import joblib

buffer = io.BytesIO()
joblib.dump(datasets.load_iris().target_names.tolist(), buffer)
buffer.seek(0)
print(joblib.load(buffer))
# prints: ['setosa', 'versicolor', 'virginica']
