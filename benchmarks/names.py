"""The contenders, as records call them."""

OURS, UPSTREAM, LOKY, RAY, DASK_ML = "joblib-dask-compat", "joblib's own", "loky", "ray", "dask-ml"

#: Nobody's backend: as much work in as many batches, handed to distributed in one go, with nothing of joblib.
DISTRIBUTED = "distributed alone"

#: Both searches in one process: they tell a faster search from faster sending.
SKLEARN_ALONE, DASK_ML_ALONE = "scikit-learn in one process", "dask-ml in one process"
