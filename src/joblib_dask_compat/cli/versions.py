"""Show what is installed, without importing it."""

import argparse
import json

from ..versions import DISTRIBUTIONS, versions
from . import FINE, add_format


def configure(command: argparse.ArgumentParser) -> None:
    add_format(command)


def run(arguments: argparse.Namespace) -> int:
    installed = versions()._asdict()
    if arguments.format == "json":
        print(json.dumps({"schema_version": 1, "versions": installed}, indent=2))
    else:
        for name, version in installed.items():
            print(f"{DISTRIBUTIONS.get(name, name):20} {version or 'not installed'}")
    return FINE
