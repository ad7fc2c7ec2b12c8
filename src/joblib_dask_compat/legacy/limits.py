"""What of an old pickle cannot be carried over into which scikit-learn, and what still loads it, as data.

Each row was measured: an estimator was fitted, written, read by the releases after its own, and either failed or gave
other results than before (matrix/pickles). Names are those of today's modules; see `moved` for the old ones.
"""

from typing import NamedTuple, Tuple


class Limit(NamedTuple):
    """A release from which on what earlier ones wrote is of no use, if it names certain things."""

    until: str
    names: Tuple[str, ...]  #: a trailing dot stands for everything below
    reason: str
    again: str = ""  #: the release that reads it again
    beside: Tuple[str, ...] = ()  #: only where one of these is named too


def _in(module: str, *names: str) -> Tuple[str, ...]:
    return tuple(f"sklearn.{module}.{name}" for name in names)


def _all_of(*modules: str) -> Tuple[str, ...]:
    return tuple(f"sklearn.{module}." for module in modules)


_BOOSTING = _in("ensemble._gb", "GradientBoostingClassifier", "GradientBoostingRegressor")
_HISTOGRAMS = _all_of("ensemble._hist_gradient_boosting")
_IMPUTERS = ("sklearn.impute.SimpleImputer", *_in("impute._base", "SimpleImputer"))
_LIBSVM = _in("svm._classes", "SVC", "NuSVC", "SVR", "NuSVR", "OneClassSVM")
_NEIGHBORS = (
    *_in("neighbors._classification", "KNeighborsClassifier", "RadiusNeighborsClassifier"),
    *_in("neighbors._regression", "KNeighborsRegressor", "RadiusNeighborsRegressor"),
    *_in("neighbors._unsupervised", "NearestNeighbors"),
)
_NEIGHBOR_TREES = _all_of("neighbors._kd_tree", "neighbors._ball_tree")
_OUTLIERS = _in("ensemble._iforest", "IsolationForest")
_PLS = _in("cross_decomposition._pls", "PLSRegression", "PLSCanonical", "CCA")
_PROCESS = _in("gaussian_process._gpr", "GaussianProcessRegressor")

#: Of which writers files were measured; those of others are tried before anything is said of them.
MEASURED = ">=0.18,<1.0"

LIMITS: Tuple[Limit, ...] = (
    Limit("0.19", _all_of("lda", "qda"), "they became sklearn.discriminant_analysis"),
    Limit("0.19", _BOOSTING, "the number of features is kept under another name"),
    Limit("0.19", _PROCESS, "the targets are normalised in another way"),
    Limit("0.19", _OUTLIERS, "predictions are made from another threshold"),
    Limit("0.20", _all_of("cross_validation", "grid_search"), "they became sklearn.model_selection"),
    Limit("0.20", _all_of("mixture.gmm", "mixture.dpgmm"), "GaussianMixture took their place, with another state"),
    Limit("0.20", _all_of("gaussian_process.gaussian_process"), "GaussianProcessRegressor took its place"),
    Limit("0.20", _in("decomposition._pca", "RandomizedPCA"), "PCA took its place"),
    Limit("0.20", _in("preprocessing._data", "OneHotEncoder"), "it moved and keeps its categories in another way"),
    Limit("0.20", _in("covariance._elliptic_envelope", "EllipticEnvelope"), "predictions are made from an offset"),
    Limit("0.20", _OUTLIERS, "predictions are made from an offset"),
    Limit("0.20", _NEIGHBOR_TREES, "trees of neighbors have another layout, and reading an old one ends the process"),
    Limit("0.21", _all_of("neighbors.approximate", "linear_model.randomized_l1"), "they were removed"),
    Limit("0.21", _BOOSTING, "the first prediction comes from an estimator of another kind"),
    Limit("0.21", _OUTLIERS, "the offset is another one"),
    Limit("0.21", _in("preprocessing._data", "QuantileTransformer"), "quantiles have another shape"),
    Limit("0.22", _LIBSVM, "the number of support vectors is kept under another name"),
    Limit("0.22", _NEIGHBORS, "the number of samples is kept, and old files do not have it"),
    Limit("0.22", _all_of("dummy"), "the strategy is kept apart from the parameter"),
    Limit("0.22", _all_of("preprocessing.imputation"), "sklearn.impute took its place"),
    Limit("0.22", _OUTLIERS, "the offset is another one"),
    Limit("0.22", _HISTOGRAMS, "nodes of a tree have another layout"),
    Limit("0.23", _LIBSVM, "the probabilities' parameters are kept under another name"),
    Limit("0.23", _in("cluster._kmeans", "KMeans"), "the number of threads is kept, and old files do not have it"),
    Limit("0.23", _PROCESS, "the targets' deviation is kept, and old files do not have it"),
    Limit("0.23", _in("preprocessing._encoders", "OneHotEncoder"), "dropped categories are kept in another way"),
    Limit(
        "0.23",
        (
            *_in("preprocessing._data", "StandardScaler", "PowerTransformer"),
            *_IMPUTERS,
        ),
        "it insists on the number of features, and old files do not have it",
        again="0.24",
    ),
    Limit("0.24", _all_of("calibration"), "a classifier is kept with its calibrators"),
    Limit("0.24", _all_of("isotonic"), "the interpolation is kept, and old files do not have it"),
    Limit("0.24", _PLS, "means and deviations are kept under other names"),
    Limit("0.24", _HISTOGRAMS, "the number of features is kept under another name"),
    Limit("1.0", _in("naive_bayes", "GaussianNB"), "variances are kept under another name"),
    Limit("1.0", (*_NEIGHBOR_TREES, *_all_of("neighbors._dist_metrics")), "trees of neighbors have another layout"),
    Limit("1.0", _in("preprocessing._data", "PolynomialFeatures"), "the number of outputs is kept in another way"),
    Limit("1.0", _in("cluster._kmeans", "MiniBatchKMeans"), "the number of threads is kept"),
    Limit("1.1", _BOOSTING, "the loss is kept under another name"),
    Limit("1.1", (*_HISTOGRAMS, *_all_of("linear_model._glm")), "losses and links are of another module"),
    Limit("1.1", _PLS, "coefficients are kept under another name"),
    Limit("1.1", _in("preprocessing._encoders", "OneHotEncoder"), "infrequent categories are kept"),
    Limit("1.1", _IMPUTERS, "the type of the data is kept"),
    Limit("1.1", _in("decomposition._fastica", "FastICA"), "how it whitens is kept apart", again="1.3"),
    Limit("1.2", _all_of("calibration"), "the calibrated estimator is kept under another name"),
    Limit("1.3", _in("tree._tree", "Tree"), "nodes of a tree have another layout, for missing values"),
    Limit(
        "1.4",
        _in("metrics._scorer", "_PredictScorer", "_ProbaScorer", "_ThresholdScorer"),
        "scorers are of one class now",
    ),
    Limit("1.4", _all_of("ensemble._gb_losses"), "losses are of another module"),
    Limit("1.5", _in("feature_extraction.text", "TfidfTransformer"), "weights are kept as a vector, not a matrix"),
    Limit("1.6", _all_of("linear_model._sgd_fast"), "losses are of another module"),
    Limit("1.6", _in("neighbors._nearest_centroid", "NearestCentroid"), "priors of the classes are kept"),
    Limit(
        "1.8",
        _in("feature_selection._from_model", "SelectFromModel"),
        "the threshold depends on LogisticRegression's l1_ratio, which was None",
        beside=_in("linear_model._logistic", "LogisticRegression", "LogisticRegressionCV"),
    ),
)


class Pins(NamedTuple):
    """Versions that go together, and that can still be installed."""

    sklearn: str
    python: str
    also: str  #: further requirements


PINS: Tuple[Pins, ...] = (
    Pins("0.18.2", "3.6", "numpy<1.17 scipy<1.3"),
    Pins("0.19.2", "3.6", "numpy<1.17 scipy<1.3"),
    Pins("0.20.4", "3.7", "numpy<1.20 scipy<1.5"),
    Pins("0.21.3", "3.7", "numpy<1.20 scipy<1.5"),
    Pins("0.22.2.post1", "3.8", "numpy<1.20 scipy<1.6"),
    Pins("0.23.2", "3.8", "numpy<1.20 scipy<1.6"),
    Pins("0.24.2", "3.9", "numpy<1.24 scipy<1.8"),
    Pins("1.0.2", "3.10", "numpy<1.24 scipy<1.9"),
    Pins("1.1.3", "3.11", "numpy<1.25"),
    Pins("1.2.2", "3.11", "numpy<2"),
    Pins("1.3.2", "3.12", "numpy<2"),
    Pins("1.4.2", "3.12", "numpy<2"),
    Pins("1.5.2", "3.13", ""),
    Pins("1.6.1", "3.13", ""),
    Pins("1.7.2", "3.14", ""),
)
