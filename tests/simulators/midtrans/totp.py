"""One-time passwords as an authenticator app shows them: RFC 6238, by its text."""

import hashlib
import hmac
import struct

STEP = 30
DIGITS = 6


def code(secret: str, moment: float) -> str:
    """The password of the 30 seconds around `moment`, in seconds since 1970.

    >>> code("12345678901234567890", 59)
    '287082'
    """
    counter = struct.pack(">Q", int(moment) // STEP)
    digest = hmac.digest(secret.encode(), counter, hashlib.sha1)
    start = digest[-1] & 0x0F
    (number,) = struct.unpack(">I", digest[start : start + 4])
    return f"{(number & 0x7FFFFFFF) % 10**DIGITS:0{DIGITS}}"


def fits(secret: str, given: str, moment: float) -> bool:
    """Whether it is the password of now, or the one before: clocks differ a little."""
    return given in (code(secret, moment), code(secret, moment - STEP))
