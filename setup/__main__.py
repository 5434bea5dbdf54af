"""Make the virtual environment, then become the command inside it."""

import sys

from . import interrupts, venv


def main() -> int:
    """Does not come back, unless it is interrupted."""
    venv.reenter(sys.argv[1], sys.argv[2:])
    return 1


if __name__ == "__main__":
    interrupts.answer(main)
