"""Contenders in processes of their own, each under an interpreter that has what it needs."""

import json
import subprocess
import sys

MARK = "answer: "  # libraries print other things in between
ENDING = 60  # seconds


def start(stack, python, script, *arguments):
    """Start a script that calls `answer_with`; return a function that asks it once. It ends with the stack."""
    command = [python, "-W", "ignore", script, *map(str, arguments)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    process = subprocess.Popen(command, **pipes)

    def end():
        process.stdin.close()  # it ends by itself, and what it started ends with it
        try:
            process.wait(ENDING)
        except subprocess.TimeoutExpired:
            process.kill()

    stack.callback(end)

    def answer():
        for line in process.stdout:
            if line.startswith(MARK):
                return json.loads(line[len(MARK) :])
        raise RuntimeError(f"{' '.join(command)} ended with exit code {process.wait()}")

    def ask():
        process.stdin.write("go\n")
        process.stdin.flush()
        return answer()

    answer()  # it is ready
    return ask


def answer_with(measure):
    """Say that this process is ready, then measure once for each line that comes in."""
    print(MARK + json.dumps("ready"), flush=True)
    for _ in sys.stdin:
        print(MARK + json.dumps(measure()), flush=True)


def add_pythons(parser):
    """Add ``--python``, for contenders that are not installed here."""
    parser.add_argument("--python", nargs="+", default=[], metavar="NAME=PATH", help="an interpreter that has it")


def pythons(arguments):
    """Return what was given for ``--python``."""
    return dict(each.split("=", 1) for each in arguments.python)
