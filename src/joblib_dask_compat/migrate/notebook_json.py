"""The JSON of a notebook, read with the place of each string, and changed nowhere but in its lines of code."""

import difflib
import json
import re
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

from .source import UnreadableError

_SPACE = re.compile(r"[ \t\r\n]*")


class Text(str):
    """A string that knows where it stands in the file, with its quotes."""

    start: int
    end: int


class Cell(NamedTuple):
    """A code cell; its number counts all cells, from 1."""

    number: int
    #: The strings that its code is written as, each some lines of it.
    strings: List[Text]
    in_list: bool

    @property
    def source(self) -> str:
        """The code of the cell."""
        return "".join(self.strings)


def code_cells(text: str) -> List[Cell]:
    """Return the cells of Python code of a notebook.

    Raises
    ------
    UnreadableError
        It is no JSON, or no notebook of format 4.
    """
    try:
        json.loads(text)  # which says what is wrong
        notebook, _ = _value(text, _space(text, 0))
    except RecursionError as exc:
        raise UnreadableError("nested too deeply") from exc
    except ValueError as exc:
        raise UnreadableError(f"not JSON: {exc}") from exc
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise UnreadableError("not a notebook of format 4, which is the one that can be rewritten")
    if _language(notebook.get("metadata")) != "python":
        return []
    cells = []
    for number, cell in enumerate(notebook["cells"], 1):
        source = cell.get("source") if isinstance(cell, dict) and cell.get("cell_type") == "code" else None
        strings: List[Any] = source if isinstance(source, list) else [source]
        if strings and all(isinstance(each, Text) for each in strings):
            cells.append(Cell(number, strings, strings is source))
    return cells


def _language(metadata: Any) -> str:
    """Return the language of a notebook in small letters; Python where it does not say."""
    for home, key in (("kernelspec", "language"), ("language_info", "name")):
        inner = metadata.get(home) if isinstance(metadata, dict) else None
        if isinstance(inner, dict) and isinstance(inner.get(key), str):
            return str(inner[key]).lower()
    return "python"


def replaced(text: str, changed: Sequence[Tuple[Cell, List[str]]]) -> str:
    """Return the JSON of a notebook with other lines in some of its cells.

    Parameters
    ----------
    text : str
    changed : sequence of (Cell, list of str)
        The lines of the cell's code, with their ends.
    """
    ascii_only = all(ord(each) < 128 for each in text)
    for cell, lines in sorted(changed, key=lambda each: each[0].number, reverse=True):
        first, last = cell.strings[0], cell.strings[-1]
        if len(cell.strings) > 1:
            between = text[first.end : cell.strings[1].start]
        elif cell.in_list:
            between = "," + (text[text.rindex("[", 0, first.start) + 1 : first.start] or " ")
        else:
            between = ""
        new = lines if cell.in_list and lines else ["".join(lines)]
        text = text[: first.start] + between.join(_encoded(text, cell.strings, new, ascii_only)) + text[last.end :]
    return text


def _encoded(text: str, old: List[Text], new: List[str], ascii_only: bool) -> List[str]:
    """Return strings as JSON, those that are among the old ones as they were."""
    found = []
    matcher = difflib.SequenceMatcher(None, [str(each) for each in old], new, autojunk=False)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind == "equal":
            found += [text[each.start : each.end] for each in old[start:end]]
        else:
            found += [json.dumps(each, ensure_ascii=ascii_only) for each in new[new_start:new_end]]
    return found


def _space(text: str, at: int) -> int:
    return _SPACE.match(text, at).end()  # type: ignore[union-attr]


def _value(text: str, at: int) -> Tuple[Any, int]:
    """Return the JSON value that begins at a place, and where it ends; the text is known to be right."""
    if text[at] == '"':
        value, end = scanstring(text, at + 1)
        string = Text(value)
        string.start, string.end = at, end
        return string, end
    if text[at] not in "[{":
        return json.JSONDecoder().raw_decode(text, at)
    items: List[Any] = []
    pairs: Dict[str, Any] = {}
    closing = "]" if text[at] == "[" else "}"
    at = _space(text, at + 1)
    while text[at] != closing:
        item, at = _value(text, at)
        at = _space(text, at)
        if text[at] == ":":
            pairs[item], at = _value(text, _space(text, at + 1))
            at = _space(text, at)
        items.append(item)
        if text[at] == ",":
            at = _space(text, at + 1)
    return (items if closing == "]" else pairs), at + 1
