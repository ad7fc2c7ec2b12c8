"""The contenders, as records call them."""

OURS, UPSTREAM, LOKY, RAY, DASK_ML = "joblib-dask-compat", "joblib's own", "loky", "ray", "dask-ml"

#: Both searches in one process: they tell a faster search from faster sending.
SKLEARN_ALONE, DASK_ML_ALONE = "scikit-learn in one process", "dask-ml in one process"
