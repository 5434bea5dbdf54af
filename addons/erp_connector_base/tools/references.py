"""Values that stand for a variable of the server's environment.

Only variables made for connectors can be named, never the server's other ones, and not
those that hold the encryption keys.
"""

import os

from .crypto import ENVIRONMENT_VARIABLE

PREFIX = "$ERP_CONNECTOR_"
KEPT_BACK = {f"${ENVIRONMENT_VARIABLE}"}


def is_reference(value: str) -> bool:
    """Whether `value` is to be read from the environment.

    >>> is_reference("$ERP_CONNECTOR_XENDIT_KEY"), is_reference("$HOME")
    (True, False)
    >>> is_reference("$ERP_CONNECTOR_KEYS")
    False
    """
    return value.startswith(PREFIX) and value not in KEPT_BACK


def name_of(reference: str) -> str:
    """The variable that a reference names.

    >>> name_of("$ERP_CONNECTOR_XENDIT_KEY")
    'ERP_CONNECTOR_XENDIT_KEY'
    """
    return reference[1:]


def read(reference: str) -> str:
    """What the variable holds; '' when the server has none of that name."""
    return os.environ.get(name_of(reference), "")


def names(text: str) -> set[str]:
    """The variables that a list of an administrator names.

    >>> sorted(names("$ERP_CONNECTOR_A, ERP_CONNECTOR_B"))
    ['ERP_CONNECTOR_A', 'ERP_CONNECTOR_B']
    """
    return {word.lstrip("$") for word in text.replace(",", " ").split()}
