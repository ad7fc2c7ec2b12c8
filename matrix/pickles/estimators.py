"""Writes and reads pickles of small fitted estimators; runs inside a cell.

    python matrix/pickles/estimators.py kept
    python matrix/pickles/estimators.py write FOLDER [NAME ...]
    python matrix/pickles/estimators.py read FOLDER

`kept` lists those whose files are test data. `write` dumps each estimator with the joblib of its scikit-learn, and
what it predicts into expected.json. `read` loads them with `joblib_dask_compat.legacy.load`, each in a process of its
own, and says what came of it, as JSON.

Python 3.6; the standard library and what the cell installed.
"""

import importlib
import json
import os
import signal
import sys
import warnings

import numpy as np

LIMIT = 60  # seconds for one file

#: Of which files are kept as test data, with their compression.
KEPT = {
    "SVC": 0,
    "LogisticRegression": ("zlib", 3),
    "RandomForestClassifier": ("gzip", 3),
    "Pipeline": ("bz2", 3),
    "TfidfVectorizer": ("xz", 3),
    "StandardScaler": 0,  # of many features: large arrays, which can be mapped into memory
    "GridSearchCV": ("lzma", 3),
}

#: By module: classes, with the parameters that are not the defaults.
CLASSES = {
    "cluster": {
        "AgglomerativeClustering": {},
        "Birch": {},
        "DBSCAN": {},
        "FeatureAgglomeration": {},
        "KMeans": {"n_clusters": 2},
        "MiniBatchKMeans": {"n_clusters": 2},
        "SpectralClustering": {"n_clusters": 2},
    },
    "covariance": {"EllipticEnvelope": {}},
    "cross_decomposition": {"CCA": {"n_components": 1}, "PLSRegression": {"n_components": 1}},
    "decomposition": {
        "DictionaryLearning": {"max_iter": 2},
        "FastICA": {},
        "LatentDirichletAllocation": {"learning_method": "batch"},
        "NMF": {},
        "PCA": {},
        "TruncatedSVD": {},
    },
    "discriminant_analysis": {"LinearDiscriminantAnalysis": {}, "QuadraticDiscriminantAnalysis": {}},
    "dummy": {"DummyClassifier": {"strategy": "most_frequent"}, "DummyRegressor": {}},
    "ensemble": {
        "AdaBoostClassifier": {"n_estimators": 3},
        "BaggingClassifier": {"n_estimators": 3},
        "ExtraTreesRegressor": {"n_estimators": 3},
        "GradientBoostingClassifier": {"n_estimators": 3},
        "GradientBoostingRegressor": {"n_estimators": 3},
        "IsolationForest": {"n_estimators": 3},
        "RandomForestClassifier": {"n_estimators": 3, "max_depth": 2},
    },
    "ensemble._hist_gradient_boosting.gradient_boosting": {"HistGradientBoostingClassifier": {"max_iter": 3}},
    "feature_selection": {"SelectKBest": {"k": 2}, "VarianceThreshold": {}},
    "gaussian_process": {"GaussianProcessClassifier": {}, "GaussianProcessRegressor": {}},
    "impute": {"SimpleImputer": {}},
    "isotonic": {"IsotonicRegression": {}},
    "kernel_approximation": {"RBFSampler": {}},
    "kernel_ridge": {"KernelRidge": {}},
    "linear_model": {
        "BayesianRidge": {},
        "HuberRegressor": {},
        "Lasso": {},
        "LassoLarsCV": {"cv": 3},
        "LinearRegression": {},
        "LogisticRegression": {"solver": "liblinear"},
        "LogisticRegressionCV": {"cv": 3, "solver": "liblinear"},
        "OrthogonalMatchingPursuit": {},
        "Perceptron": {},
        "PoissonRegressor": {},
        "Ridge": {},
        "RidgeCV": {},
        "SGDClassifier": {"loss": "log"},
    },
    "manifold": {"Isomap": {}},
    "mixture": {"GMM": {}, "GaussianMixture": {}},
    "naive_bayes": {"BernoulliNB": {}, "GaussianNB": {}, "MultinomialNB": {}},
    "neighbors": {
        "KNeighborsClassifier": {},
        "KNeighborsRegressor": {"algorithm": "brute"},
        "KernelDensity": {},
        "LocalOutlierFactor": {},
        "NearestCentroid": {},
    },
    "neural_network": {"MLPClassifier": {"max_iter": 5}},
    "preprocessing": {
        "Binarizer": {},
        "FunctionTransformer": {"validate": True},
        "Imputer": {},
        "LabelBinarizer": {},
        "LabelEncoder": {},
        "MinMaxScaler": {},
        "OneHotEncoder": {},
        "PolynomialFeatures": {},
        "PowerTransformer": {},
        "QuantileTransformer": {"n_quantiles": 10},
        "RobustScaler": {},
        "StandardScaler": {},
    },
    "semi_supervised": {"LabelPropagation": {}},
    "svm": {"LinearSVC": {}, "OneClassSVM": {"gamma": "auto"}, "SVC": {"gamma": "auto"}, "SVR": {"gamma": "auto"}},
    "tree": {"DecisionTreeClassifier": {}},
}

RESULTS = ("predict", "transform", "labels_", "negative_outlier_factor_", "score_samples")


def data(name):
    """Return what an estimator is fitted on and asked about."""
    random = np.random.RandomState(0)
    X = random.rand(60, 4)
    classes = np.digitize(X[:, 0], [0.33, 0.66])
    if name == "StandardScaler":
        return random.rand(20, 200), None
    if name == "IsotonicRegression":
        return X[:, 0], classes
    if name in ("LabelBinarizer", "LabelEncoder"):
        return classes, None
    if name == "OneHotEncoder":
        return (X * 3).astype(int), None
    if name in ("CountVectorizer", "HashingVectorizer", "TfidfVectorizer"):
        return ["one two three", "two three four", "five six two", "one six"], None
    if name == "DictVectorizer":
        return [{"a": 1}, {"b": 2}], None
    return X, (X[:, 0] + X[:, 1] > 1).astype(int)


def composed():
    """Return estimators that are made of others."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.ensemble import VotingClassifier
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
    from sklearn.feature_selection import RFE, SelectFromModel
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.metrics import accuracy_score, make_scorer
    from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import FeatureUnion, Pipeline
    from sklearn.preprocessing import MinMaxScaler, StandardScaler
    from sklearn.tree import DecisionTreeClassifier

    logistic = LogisticRegression(solver="liblinear")
    grid = {"C": [0.5, 2.0]}
    return {
        "CalibratedClassifierCV": CalibratedClassifierCV(logistic, cv=3),
        "CountVectorizer": CountVectorizer(),
        "DictVectorizer": DictVectorizer(),
        "FeatureUnion": FeatureUnion([("a", StandardScaler()), ("b", MinMaxScaler())]),
        "GridSearchCV": GridSearchCV(logistic, grid, cv=3),
        "GridSearchCV with a scorer": GridSearchCV(logistic, grid, cv=3, scoring=make_scorer(accuracy_score)),
        "HashingVectorizer": HashingVectorizer(n_features=8),
        "OneVsRestClassifier": OneVsRestClassifier(logistic),
        "Pipeline": Pipeline([("scale", MinMaxScaler()), ("classify", logistic)]),
        "RFE": RFE(logistic, n_features_to_select=2),
        "RandomizedSearchCV": RandomizedSearchCV(
            DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2]}, cv=3, n_iter=2, random_state=0
        ),
        "SelectFromModel": SelectFromModel(Ridge()),
        "SelectFromModel of LogisticRegression": SelectFromModel(logistic),
        "TfidfVectorizer": TfidfVectorizer(),
        "VotingClassifier": VotingClassifier([("a", logistic), ("b", DecisionTreeClassifier(random_state=0))]),
    }


def estimators():
    """Return those that this scikit-learn has."""
    found = composed()
    for module, classes in CLASSES.items():
        for name, parameters in classes.items():
            try:
                made = getattr(importlib.import_module("sklearn." + module), name)(**parameters)
            except (ImportError, AttributeError):
                continue
            if "random_state" in made.get_params():
                made.set_params(random_state=0)
            found[name] = made
    return found


def result(estimator, X):
    """Return what an estimator says of the first samples, as plain numbers."""
    said = next(getattr(estimator, name) for name in RESULTS if hasattr(estimator, name))
    said = said(X[:2]) if callable(said) else said
    said = np.asarray(said.toarray() if hasattr(said, "toarray") else said, dtype=float)
    return np.round(said, 9).tolist()


def write(folder, *names):
    try:
        from sklearn.externals import joblib
    except ImportError:
        import joblib
    expected = {}
    for name, estimator in sorted(estimators().items()):
        if not names or name in names:
            X, y = data(name)
            estimator.fit(*((X,) if y is None else (X, y)))
            joblib.dump(estimator, os.path.join(folder, name + ".pkl"), compress=KEPT.get(name, 0))
            expected[name] = result(estimator, X)
    with open(os.path.join(folder, "expected.json"), "w") as stream:
        json.dump(expected, stream)


def kept():
    print(json.dumps(sorted(KEPT)))


def read(folder):
    with open(os.path.join(folder, "expected.json")) as stream:
        expected = json.load(stream)
    estimators()  # imported once, not by each process
    outcomes = {name: apart(lambda: outcome(folder, name, expected[name])) for name in sorted(expected)}  # noqa: B023
    print(json.dumps(outcomes))


def apart(function):
    """Return what a function says in a process of its own, which it may end."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(LIMIT)
        try:
            said = function()
        except BaseException as exc:
            said = f"{type(exc).__name__}: {exc}"
        os.write(writing, said.encode("utf-8"))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as stream:
        said = stream.read()
    status = os.waitpid(child, 0)[1]
    return said or f"the process ended with status {status}"


def outcome(folder, name, expected):
    from joblib_dask_compat import legacy
    from joblib_dask_compat.errors import OldPickleError

    try:
        estimator = legacy.load(os.path.join(folder, name + ".pkl"))
    except OldPickleError as exc:
        return "refused: " + exc.fix
    repr(estimator)
    got = np.asarray(result(estimator, data(name)[0]))
    same = got.shape == np.shape(expected) and np.allclose(got, expected)
    return "as before" if same else "other results than before"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    {"kept": kept, "write": write, "read": read}[sys.argv[1]](*sys.argv[2:])
