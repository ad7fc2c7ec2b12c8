"""The contenders, as records call them."""

OURS, UPSTREAM, LOKY, RAY, DASK_ML = "joblib-dask-compat", "joblib's own", "loky", "ray", "dask-ml"
