"""DataFrames go in and come back as they were, and scikit-learn's tools for them work."""

import os

LIMIT = 30


def same(frame):
    return os.getpid(), frame


def describe(frame, column):
    return [str(dtype) for dtype in frame.dtypes], float(frame[column].sum()), list(frame.index[:3])


def frame_of(rows):
    import numpy as np
    import pandas

    numbers = np.arange(rows)
    return pandas.DataFrame(
        {
            "integer": numbers,
            "number": np.where(numbers % 7 == 0, np.nan, numbers / 3.0),
            "text": [f"row {number}" for number in numbers],
            "kind": pandas.Categorical.from_codes(numbers % 3, ["low", "middle", "high"]),
            "time": pandas.Timestamp("2020-02-28") + pandas.to_timedelta(numbers, unit="h"),
        },
        index=pandas.MultiIndex.from_arrays([numbers // 2, numbers % 2], names=["pair", "side"]),
    )


def check(stage):
    try:
        from pandas.testing import assert_frame_equal
    except ImportError:
        stage.require(False, "pandas is not installed")

    for rows in (10, 30000):  # the second is larger than a megabyte
        frame = frame_of(rows)
        with stage.block():
            results = stage.Parallel()(stage.delayed(same)(frame) for _ in range(4))
            described = stage.Parallel()(stage.delayed(describe)(frame, "integer") for _ in range(4))
        stage.ran_on_workers([pid for pid, _ in results])
        for _, back in results:
            assert_frame_equal(back, frame)
        for told in described:
            assert told == describe(frame, "integer"), f"a worker saw another frame of {rows} rows: {told}"

    transformed_columns(stage, frame_of(600))


def transformed_columns(stage, frame):
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    try:
        from sklearn.compose import ColumnTransformer
    except ImportError:
        return  # scikit-learn until 0.19

    columns = ColumnTransformer(
        [
            ("scaled", StandardScaler(), ["integer"]),
            ("encoded", OneHotEncoder(handle_unknown="ignore"), ["kind"]),
        ]
    )
    model = make_pipeline(columns, LogisticRegression(solver="liblinear"))
    y = (np.arange(len(frame)) // 50 + frame["kind"].cat.codes.values) % 2
    with stage.block():
        scores = cross_val_score(model, frame, y, cv=3)
        transformed = columns.fit_transform(frame)
    expected = cross_val_score(model, frame, y, cv=3)
    assert np.allclose(scores, expected), f"scores on a frame are {scores} instead of {expected}"
    assert np.allclose(transformed, columns.fit_transform(frame)), "the transformed frame has other values"
