"""Upstream's backend classes, with a count of what ran where.

``prefer="upstream"`` promises upstream's behaviour, faults included, so nothing of it is changed: each task only
reports its worker's address beside its result, and the address is taken off before joblib sees it.
"""

from typing import Any, Callable, Tuple

from .block import Run
from .shipping import shipped


def located(function: Callable[..., Any], args: Tuple[Any, ...], kwargs: Any) -> Tuple[str, Any]:
    """Run a task and return its worker's address with its result."""
    from distributed import get_worker

    return str(get_worker().address), function(*args, **kwargs)


def backend_class(upstream: Any, run: Run) -> Any:
    """Return a subclass of an upstream backend class that counts into `run`.

    Parameters
    ----------
    upstream : type
        ``DaskDistributedBackend`` of some joblib, or of ``distributed.joblib``.
    run : Run

    Returns
    -------
    type
    """

    def unpacked(pairs: Any) -> Any:
        for address, _ in pairs:
            run.count(1, address)
        return [result for _, result in pairs]

    class Observed(upstream):
        def apply_async(self, func: Any, callback: Any = None) -> Any:
            return self._observe(upstream.apply_async, func, callback)

        def submit(self, func: Any, callback: Any = None) -> Any:
            # joblib 1.6 renamed the method; before, the base class's submit calls apply_async
            known = upstream.submit if "submit" in vars(upstream) else upstream.apply_async
            return self._observe(known, func, callback)

        def _observe(self, method: Any, func: Any, callback: Any) -> Any:
            # the address wrapper travels by value: workers need not have this package
            func.items = [(shipped("observed", "located"), task, {}) for task in func.items]
            job = method(self, func, callback)
            run.submitted += len(func.items)
            get = job.get
            job.get = lambda *timeout, **named: unpacked(get(*timeout, **named))
            return job

        def retrieve_result_callback(self, out: Any) -> Any:
            return unpacked(upstream.retrieve_result_callback(self, out))

    Observed.__name__ = upstream.__name__
    return Observed
