"""Fuzz one target: `python fuzz/one.py NAME [options of libFuzzer]`; `run.py` does so for all of them."""

import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parent))
with atheris.instrument_imports(include=["joblib_dask_compat", "compile_advisories", "records"]):
    from targets import TARGETS, watching

name, *options = sys.argv[1:]
target = TARGETS[name]
folder = Path(tempfile.mkdtemp(prefix="corpus-"))
seeds = sorted({seed for seed in target.seeds() if len(seed) <= target.longest})
assert seeds, "no seed is short enough"
for number, seed in enumerate(seeds):
    (folder / f"{number:03}").write_bytes(seed)
    target.check(seed)  # which imports what is imported late
if target.words:
    words = folder.with_suffix(".dict")
    quoted = ("".join(f"\\x{byte:02x}" for byte in word.encode()) for word in target.words)
    words.write_text("".join(f'"{word}"\n' for word in quoted), encoding="ascii")
    options.append(f"-dict={words}")

watched = watching()
atheris.Setup(
    [sys.argv[0], *options, f"-max_len={target.longest}", str(folder)],
    lambda data: watched(target.check, data),
)
atheris.Fuzz()
