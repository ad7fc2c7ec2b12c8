import io

from sklearn import datasets, externals

buffer = io.BytesIO()
externals.joblib.dump(datasets.load_iris().target_names.tolist(), buffer)
buffer.seek(0)
print(externals.joblib.load(buffer))
# prints: ['setosa', 'versicolor', 'virginica']
