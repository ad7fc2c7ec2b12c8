"""The contenders, as records call them."""

OURS, UPSTREAM, LOKY, RAY, DASK_ML = "joblib-dask-compat", "joblib's own", "loky", "ray", "dask-ml"

#: Two searches with nothing spread: what is left of a contender's lead when nobody sends anything.
SKLEARN_ALONE, DASK_ML_ALONE = "scikit-learn in one process", "dask-ml in one process"
