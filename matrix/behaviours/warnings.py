"""A warning raised in a task is raised again in the client, under the client's filters."""

import warnings

LIMIT = 30


class Careful(UserWarning):
    pass


def warn(number):
    warnings.warn(f"careful with {number}", Careful, stacklevel=1)
    return number


def check(stage):
    from sklearn.datasets import load_iris
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    def call():
        return stage.Parallel()(stage.delayed(warn)(number) for number in range(6))

    with stage.block():
        numbers, texts = recorded("always", Careful, call)
        assert numbers == list(range(6))
        assert sorted(texts) == [f"careful with {number}" for number in range(6)], texts

        assert recorded("ignore", Careful, call) == (list(range(6)), [])

        try:
            recorded("error", Careful, call)
        except Careful as exc:
            text = str(exc)
        else:
            raise AssertionError("a call whose warning is an error returned")
        assert text.startswith("careful with"), text
        assert recorded("ignore", Careful, call) == (list(range(6)), [])

        X, y = load_iris(return_X_y=True)
        model = LogisticRegression(solver="sag", max_iter=1)
        search = GridSearchCV(model, {"C": [0.1, 1.0]}, cv=3, refit=False)
        _, texts = recorded("always", ConvergenceWarning, lambda: search.fit(X, y))
        assert texts, "scikit-learn's warning is lost"


def recorded(action, category, call):
    """Return a call's result and the texts of the warnings of a category that came through a filter."""
    with warnings.catch_warnings(record=True) as records:
        warnings.simplefilter("ignore")
        warnings.simplefilter(action, category)
        result = call()
    return result, [str(each.message) for each in records if issubclass(each.category, category)]
