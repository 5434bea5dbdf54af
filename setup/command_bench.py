"""`setup/bench [NAME …]`: measure; one JSON line for each benchmark at the end.

A benchmark is a file tests/bench/<name>.py with `main(stack_factory) -> dict`;
`stack_factory` takes the arguments of Stack and gives a durable one.
"""

import importlib
import json
import sys
from functools import partial

from . import command, paths, system
from .progress import say, step
from .stack import Stack

FOLDER = paths.TESTS / "bench"


def names() -> list[str]:
    """Every benchmark there is."""
    found = sorted(path.stem for path in FOLDER.glob("*.py"))
    return [name for name in found if not name.startswith("_")]


def main(arguments: list[str]) -> int:
    """Run the benchmarks named, or all of them."""
    unknown = set(arguments) - set(names())
    if unknown:
        say(f"No such benchmark: {', '.join(unknown)}. There are: {', '.join(names())}")
        return 2
    system.require(["postgresql"])
    factory = partial(Stack, "bench", fast=False)
    lines = []
    for name in arguments or names():
        with step(f"Benchmark {name}"):
            module = importlib.import_module(f"tests.bench.{name}")
            lines.append({"benchmark": name, **module.main(factory)})
    for line in lines:
        print(json.dumps(line))
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    command.run(main)
