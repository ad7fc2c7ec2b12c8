"""Notebooks: the code cells are one program, and only the text of those that change is written anew.

A notebook is a JSON file, and whoever wrote it chose the order of its keys, its indentation and its escapes. So it is
not written anew from what it says: each line of code that changed is put in the place of the old one, character for
character (`notebook_json`). Cells of other languages stay out of the program. A line for IPython (``%time``, ``!pip``)
is left out of it for a while; the names in it count as used.
"""

import re
from typing import Dict, List, NamedTuple, Optional, Set, Tuple

from .idioms import concerned
from .notebook_json import Cell, code_cells, replaced
from .source import is_python, migrate_source

#: Cell magics whose cell is Python.
PYTHON_MAGICS = ("capture", "debug", "heat", "lprun", "memit", "mprun", "prun", "scalene", "time", "timeit")

_MAGIC = re.compile(r"^([ \t]*(?:[\w., \t]+=[ \t]*)?)([%!?][^\r\n]*|[\w.]+\?{1,2})(\s*)$")
_CELL_MAGIC = re.compile(r"[ \t]*%%(\w+)")
_NAME = re.compile(r"[^\W\d]\w*")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")

#: What makes code that cannot be read worth a note.
_IDIOM = re.compile(r"sklearn\.externals|distributed\.joblib|dask_ml\.joblib|parallel_backend")


class CellNote(NamedTuple):
    """Something that was left alone, and why."""

    cell: int
    line: int
    reason: str


def migrate_notebook(text: str, target: str) -> Tuple[str, List[CellNote]]:
    """Rewrite the code cells of a notebook.

    Parameters
    ----------
    text : str
        The JSON of a notebook of format 4.
    target : {"compat", "upstream"}

    Returns
    -------
    str, list of CellNote
        The same JSON but for the code that changed, and what was left alone. Cells and lines count from 1.

    Raises
    ------
    UnreadableError
    """
    if not concerned(text):
        return text, []
    program = _Cells(code_cells(text), _unused(text))
    rewritten, found = migrate_source(program.code, target, program.barrier, program.names)
    notes = program.notes + [CellNote(*program.place(note.line), note.reason) for note in found]
    return replaced(text, program.changed(rewritten)), sorted(notes)


def _unused(text: str) -> str:
    """Return the beginning of a name that occurs nowhere."""
    number = 0
    while f"_cell{number}_" in text:
        number += 1
    return f"_cell{number}_"


class _Cells:
    """The code cells as one program, and the way back.

    A line with a name that occurs nowhere else stands before each cell, and one such name in the place of each magic.
    """

    def __init__(self, cells: List[Cell], unused: str) -> None:
        self.barrier = unused + "begins_"
        self._mask = unused + "magic_"
        self._cells = {cell.number: cell for cell in cells}
        self._magics: List[str] = []
        self._starts: Dict[int, int] = {}
        self.names: Set[str] = set()
        self.notes: List[CellNote] = []
        lines: List[str] = []
        for cell in cells:
            code = self._python(cell)
            if code is not None:
                self._starts[cell.number] = len(lines) + 1
                lines += [f"{self.barrier}{cell.number}\n", *code]
        self.code = "".join(lines)

    def place(self, line: int) -> Tuple[int, int]:
        """Return the cell of a line of the program, and the line in that cell."""
        cell = max(each for each, start in self._starts.items() if start < line)
        return cell, line - self._starts[cell]

    def changed(self, code: str) -> List[Tuple[Cell, List[str]]]:
        """Return the cells that are others in the rewritten program, with their lines there."""
        pieces = re.split(rf"^{self.barrier}(\d+)\r?\n", code, flags=re.MULTILINE)
        found = []
        for number, piece in zip(map(int, pieces[1::2]), pieces[2::2]):
            cell = self._cells[number]
            source = re.sub(rf"{self._mask}(\d+)_", lambda match: self._magics[int(match.group(1))], piece)
            if not cell.source.endswith("\n"):
                source = re.sub(r"\r?\n\Z", "", source)
            if "\r\n" in cell.source:
                source = re.sub(r"(?<!\r)\n", "\r\n", source)
            if source != cell.source:
                found.append((cell, _LINE.findall(source)))
        return found

    def _python(self, cell: Cell) -> Optional[List[str]]:
        """Return the lines of a cell with names in the place of its magics, or None where it is not Python."""
        lines = _LINE.findall(cell.source)
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += "\n"
        first = next((place for place, line in enumerate(lines) if line.strip()), 0)
        magic = _CELL_MAGIC.match(lines[first]) if lines else None
        foreign = magic is not None and magic.group(1) not in PYTHON_MAGICS
        if magic is not None and not foreign:
            lines[first] = self._masked(lines[first])
        if is_python("".join(lines)):
            return lines
        masked = lines if foreign else [self._masked(line) for line in lines]
        readable = is_python("".join(masked))
        for place, (before, after) in enumerate(zip(lines, masked), 1):
            if _IDIOM.search(before) and (before != after or not readable):
                why = "a line for IPython" if readable else "the cell is not Python by itself"
                self.notes.append(CellNote(cell.number, place, why))
        if not readable and not foreign:
            self.names.update(_NAME.findall(cell.source))
        return masked if readable else None

    def _masked(self, line: str) -> str:
        match = _MAGIC.match(line)
        if match is None:
            return line
        before, magic, end = match.groups()
        self._magics.append(magic)
        self.names.update(_NAME.findall(magic))
        return f"{before}{self._mask}{len(self._magics) - 1}_{end}"
