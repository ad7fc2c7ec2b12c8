import io
import sklearn.externals.joblib
import sklearn.svm

buffer = io.BytesIO()
sklearn.externals.joblib.dump(sklearn.svm.SVC(C=3), buffer)
buffer.seek(0)
print(sklearn.externals.joblib.load(buffer).C, sklearn.base.is_classifier(sklearn.svm.SVC()))
# prints: 3 True
