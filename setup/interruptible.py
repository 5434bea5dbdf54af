"""A pytest plugin: a Ctrl-C that came while pytest was still loading comes now."""

import pytest

from .child import release_interrupts


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart() -> None:
    """From here on pytest knows how to end."""
    release_interrupts()
