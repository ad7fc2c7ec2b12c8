"""Where scikit-learn's private modules and names went, as data, for pickles and code that name the old places.

Read in the released packages. Only moves are here: what changed with its move, or is gone, is in `limits`.
"""

import functools
import importlib
from typing import Any, Callable, Dict, NamedTuple, Tuple

from .paths import GoneName

_PULL = "https://github.com/scikit-learn/scikit-learn/pull/"
_ISSUE = "https://github.com/scikit-learn/scikit-learn/issues/"


class Move(NamedTuple):
    """A release in which modules moved, the old places being gone with a later one."""

    moved_in: str
    gone_in: str
    reason: str
    link: str
    modules: Dict[str, str]  #: from the old name to the new


def _underscored(**packages: str) -> Dict[str, str]:
    """Return moves of ``sklearn.package.name`` to ``sklearn.package._name``."""
    places = ((package.replace("__", "."), name) for package, names in packages.items() for name in names.split())
    return {f"sklearn.{package}.{name}": f"sklearn.{package}._{name}" for package, name in places}


def _renamed(package: str, **names: str) -> Dict[str, str]:
    """Return moves inside a package in which more changed than an underscore in front."""
    return {f"sklearn.{package}.{old}": f"sklearn.{package}.{new}" for old, new in names.items()}


MOVES: Tuple[Move, ...] = (
    Move(
        "0.20",
        "0.20",
        "outlier detectors were given one interface",
        _PULL + "9015",
        {"sklearn.covariance.outlier_detection": "sklearn.covariance.elliptic_envelope"},
    ),
    Move(
        "0.21",
        "0.21",
        "a voting regressor joined the classifier",
        _PULL + "12513",
        {"sklearn.ensemble.voting_classifier": "sklearn.ensemble.voting"},
    ),
    Move(
        "0.22",
        "0.24",
        "what cannot be imported from a package itself is private, and says so with an underscore",
        _ISSUE + "9250",
        {
            **_underscored(
                cluster="bicluster birch spectral",
                covariance="elliptic_envelope robust_covariance",
                datasets="base california_housing covtype kddcup99 lfw olivetti_faces openml rcv1 samples_generator "
                "species_distributions twenty_newsgroups",
                decomposition="base cdnmf_fast dict_learning factor_analysis incremental_pca kernel_pca nmf "
                "online_lda_fast pca sparse_pca truncated_svd",
                ensemble="bagging base forest iforest voting weight_boosting",
                feature_extraction="dict_vectorizer stop_words",
                feature_selection="base from_model mutual_info rfe univariate_selection variance_threshold",
                gaussian_process="gpc gpr",
                inspection="partial_dependence",
                linear_model="base bayes cd_fast coordinate_descent huber least_angle logistic omp passive_aggressive "
                "perceptron ransac ridge sag sag_fast sgd_fast stochastic_gradient theil_sen",
                manifold="isomap locally_linear mds t_sne",
                metrics="base classification pairwise_fast ranking regression scorer",
                metrics__cluster="bicluster expected_mutual_info_fast supervised unsupervised",
                mixture="base bayesian_mixture gaussian_mixture",
                neighbors="ball_tree base classification dist_metrics graph kd_tree kde lof nca nearest_centroid "
                "quad_tree regression typedefs unsupervised",
                neural_network="multilayer_perceptron rbm",
                preprocessing="data label",
                semi_supervised="label_propagation",
                svm="base bounds classes liblinear libsvm libsvm_sparse",
                tree="export",
                utils="fast_dict mocking seq_dataset testing weight_vector",
            ),
            **_renamed(
                "cluster",
                affinity_propagation_="_affinity_propagation",
                dbscan_="_dbscan",
                hierarchical="_agglomerative",
                k_means_="_kmeans",
                mean_shift_="_mean_shift",
                optics_="_optics",
            ),
            **_renamed(
                "covariance",
                empirical_covariance_="_empirical_covariance",
                graph_lasso_="_graph_lasso",
                shrunk_covariance_="_shrunk_covariance",
            ),
            **_renamed("cross_decomposition", cca_="_cca", pls_="_pls"),
            **_renamed("datasets", svmlight_format="_svmlight_format_io"),
            **_renamed("decomposition", fastica_="_fastica", online_lda="_lda"),
            **_renamed("ensemble", gradient_boosting="_gb"),
            **_renamed("feature_extraction", hashing="_hash"),
            **_renamed("manifold", spectral_embedding_="_spectral_embedding"),
            **_renamed("tree", tree="_classes"),
        },
    ),
    Move(
        "0.24",
        "0.24",
        "the classes of cross decomposition share one module",
        _PULL + "17095",
        {"sklearn.cross_decomposition._cca": "sklearn.cross_decomposition._pls"},
    ),
)

#: Each old module, and where its contents are.
MODULES: Dict[str, str] = {old: new for move in MOVES for old, new in move.modules.items()}


def _at(module: str, name: str) -> Callable[[], Any]:
    return functools.partial(lambda: getattr(importlib.import_module(module), name))


def passthrough_scorer(estimator: Any, *args: Any, **kwargs: Any) -> Any:
    """Score with the estimator's own ``score``: what a search without ``scoring`` holds as its ``scorer_``."""
    return estimator.score(*args, **kwargs)


#: Names that left a module which is still there.
NAMES: Dict[str, Dict[str, GoneName]] = {
    "sklearn.preprocessing._data": {
        "PolynomialFeatures": GoneName(
            "scikit-learn 1.0",
            _PULL + "19611",
            "from sklearn.preprocessing import PolynomialFeatures",
            _at("sklearn.preprocessing._polynomial", "PolynomialFeatures"),
        )
    },
    "sklearn.utils.deprecation": {
        # a dict that warned of some keys; here it has nothing left to warn of
        "DeprecationDict": GoneName("scikit-learn 0.21", _PULL + "12241", "dict", _at("collections", "OrderedDict"))
    },
    "sklearn.metrics._scorer": {
        "_passthrough_scorer": GoneName(
            "scikit-learn 1.3",
            "https://github.com/scikit-learn/scikit-learn/blob/1.3.X/sklearn/metrics/_scorer.py",
            "sklearn.metrics.check_scoring",
            lambda: passthrough_scorer,
        )
    },
}
