"""Make the virtual environment, then become the command inside it."""

import sys

from . import venv

if __name__ == "__main__":
    venv.reenter(sys.argv[1], sys.argv[2:])
