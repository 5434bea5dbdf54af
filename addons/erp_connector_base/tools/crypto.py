"""Encryption of credentials at rest: Fernet, with keys that never enter the database.

Keys come, in this order, from the environment (ERP_CONNECTOR_KEYS), from `odoo.conf`
(erp_connector_keys), or from a key file in the data directory, made with the first
value that is stored. Several keys, separated by commas, allow rotation: the first one
encrypts, all of them decrypt.
"""

import hashlib
import hmac
import logging
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from odoo.tools import config

_logger = logging.getLogger(__name__)

ENVIRONMENT_VARIABLE = "ERP_CONNECTOR_KEYS"
CONFIG_OPTION = "erp_connector_keys"
KEY_FILE = "erp_connector.key"


class UndecryptableError(Exception):
    """No key at hand opens the stored value. Webhooks answer 503: it may come back."""


class NoKeyError(UndecryptableError):
    """There is no key, and none may be made: values of another one are stored."""


def key_source() -> str:
    """Where the keys come from, for the settings screen: a place, never a key."""
    if os.environ.get(ENVIRONMENT_VARIABLE):
        return f"environment variable {ENVIRONMENT_VARIABLE}"
    if config.get(CONFIG_OPTION):
        return f"odoo.conf option {CONFIG_OPTION}"
    return f"key file {KEY_FILE} in the data directory"


def has_key() -> bool:
    """Whether there is a key at all; none is made."""
    return bool(_configured()) or _path().exists()


def encrypt(value: str, may_make_key: bool = False) -> str:
    """Ciphertext of `value`, as text; the first one ever makes the key file.

    NoKeyError when there is no key and none may be made.
    """
    if not has_key():
        if not may_make_key:
            raise NoKeyError(f"there is no {key_source()}")
        _create_key_file(_path())
    return _fernet().encrypt(value.encode()).decode()


def decrypt(token: str) -> str:
    """The text behind `token`; UndecryptableError when no key opens it."""
    try:
        return _fernet().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise UndecryptableError("no configured key opens this credential") from error


def rotate(token: str) -> str:
    """The same value under the first key."""
    try:
        return _fernet().rotate(token.encode()).decode()
    except InvalidToken as error:
        raise UndecryptableError("no configured key opens this credential") from error


def fingerprints(text: str) -> list[str]:
    """Digests of `text` under each key at hand, the first key's first.

    Equal texts have equal ones; without a key nobody can try out guesses.
    """
    return [_digest(key, text) for key in _keys()]


def _digest(key: str, text: str) -> str:
    own = hmac.digest(key.encode(), b"connector identity", hashlib.sha256)
    return hmac.digest(own, text.encode(), hashlib.sha256).hex()


def _fernet() -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in _keys()])
    except ValueError as error:
        raise NoKeyError(f"the {key_source()} holds no usable key") from error


def _configured() -> str:
    return os.environ.get(ENVIRONMENT_VARIABLE) or config.get(CONFIG_OPTION) or ""


def _keys() -> list[str]:
    """Reading makes no key: one made now would hide that the right one is missing."""
    try:
        text = _configured() or _path().read_text()
    except OSError as error:
        raise NoKeyError(f"there is no {key_source()}") from error
    return [key.strip() for key in text.split(",") if key.strip()]


def _path() -> Path:
    return Path(config["data_dir"]) / KEY_FILE


def _create_key_file(path: Path) -> None:
    """Made complete before it gets its name: two workers never see half a key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{KEY_FILE}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(Fernet.generate_key().decode())
    try:
        os.link(draft, path)
        _logger.warning("Made a new credential key: %s. Back it up.", path)
    except FileExistsError:
        _logger.info("Another worker made the credential key first")
    finally:
        draft.unlink()
