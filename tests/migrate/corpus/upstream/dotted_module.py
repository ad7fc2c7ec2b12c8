import io
import joblib
import sklearn.svm

buffer = io.BytesIO()
joblib.dump(sklearn.svm.SVC(C=3), buffer)
buffer.seek(0)
print(joblib.load(buffer).C, sklearn.base.is_classifier(sklearn.svm.SVC()))
# prints: 3 True
