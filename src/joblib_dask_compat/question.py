"""A question that is asked now and looked at later, so that nobody waits for whoever does not answer."""

from typing import Any, Callable


class Question:
    """One request at a time, whose answer arrives on the event loop and is taken in another thread."""

    def __init__(self) -> None:
        self._open = False
        self._answer: Any = None

    def ask(self, request: Callable[[Callable[[Any], None]], None]) -> None:
        """Make a request, which is given what takes its answer, unless the last answer is still to come."""
        if not self._open:
            self._open = True
            request(self._take)

    def answer(self) -> Any:
        """Return the answer, once, for `Connection.result` to read; None, there is none yet."""
        answer, self._answer = self._answer, None
        if answer is not None:
            self._open = False
        return answer

    def _take(self, answer: Any) -> None:
        self._answer = answer
