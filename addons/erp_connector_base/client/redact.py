"""Take secrets and personal data out of what people and logs get to see.

One table of key names serves parsed data, JSON text, cut-off JSON, query strings and
headers; free text is searched for telephone numbers, e-mail addresses and tax numbers.
Too much masked is a nuisance, too little is a leak: in doubt it masks.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

MASK = "***"
LIMIT = 65_536

#: Ends of key names whose value is a secret or a person's; "_" and "-" alike.
_SUFFIXES = (
    "(?:access|approver|bill|creator|merchant|server|signature)_?key",
    "account_?(?:number|no|name|holder|holder_?name|identifier)",
    "address(?:es)?",
    "api_?key",
    "card_?(?:number|no)",
    "cvv",
    "e_?mail",
    "geolocation",
    "latitude",
    "longitude",
    "npwp",
    "partner_?key",
    "passphrase",
    "password",
    "phone",
    "phone_?number",
    "private_?key",
    "secret",
    "secret_?key",
    "signature",
    "token",
    "user_?name",
    "va_?number",
    "zip_?code",
)
#: Whole key names; also of free text that people write to each other.
_EXACT = (
    "(?:account|bank|beneficiary|buyer|contact|customer|display|payer)_?name",
    "beneficiary_account",
    "(?:first|full|last|recipient|receiver|sender|sender_real)_?name",
    "(?:given|middle|family|legal|card_?holder|driver)_?names?",
    "(?:nick_?|sur)name",
    "(?:mobile|whats_?app|id|passport|tax)_?(?:number|no)",
    "dob",
    "street(?:_?line_?[0-9])?",
    "(?:buyer_)?cpf(?:_id)?",
    "(?:set_?)?cookie",
    "(?:proxy_?)?authorization",
    "account",
    "birth_?(?:date|day)",
    "buyer_?(?:id|uid|message|note|user_?id)",
    "client_id_key",
    "contact_number",
    "date_of_birth",
    "dropshipper",
    "id_card",
    "message_?(?:from|to)_?(?:buyer|seller)",
    "identity_?(?:number|no)",
    "iban",
    "ktp",
    "mobile",
    "msisdn",
    "name",
    "nik",
    "nitku",
    "otp",
    "passport",
    "passwd",
    "pin",
    "postal_?code",
    "(?:payer_?)?remarks?",
    "pwd",
    "sign",
    "tax_id",
    "text_reason",
    "virtual_account_number",
    "virtual_contact_number",
    "whatsapp",
    "zip",
)
_PAGING = "(?!(?:next_?)?(?:page|cursor)_?token)"
_NAMES = f"{_PAGING}(?:[a-z0-9_-]{{0,40}}?(?:{'|'.join(_SUFFIXES)})|{'|'.join(_EXACT)})"
_NAMES = _NAMES.replace("_?", "[_-]?")
_SENSITIVE = re.compile(_NAMES, re.IGNORECASE)
_VALUE = (
    r'\\*"(?:[^"\\]|\\.)*"?'  # a quoted value, perhaps cut off
    r"|'(?:[^'\\]|\\.)*'?"
    r"|[\[{][^\[\]{}]*[\]}]?"  # all of a list or an object
    r"|(?:(?:Bearer|Basic|Token)(?:\s|%20|\+)+)?[^&\s,;\"'}\]]+"
)
_PAIR = re.compile(
    rf"""(?<![a-z0-9_-])(?P<head>{_NAMES}\\*["']?\s*[:=]\s*)(?P<value>{_VALUE})""",
    re.IGNORECASE | re.DOTALL,
)
#: `code` is an authorisation code only when it looks random; errors have codes too.
_CODE = re.compile(r"(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{16,}")
_CODE_PAIR = re.compile(
    rf"""(?<![a-z0-9_-])(code\\*["']?\s*[:=]\s*\\*["']?){_CODE.pattern}""",
    re.IGNORECASE,
)
_PERSONAL = re.compile(
    r"[\w.+-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"  # e-mail
    r"|(?<![\w.])\d{2}\.\d{3}\.\d{3}\.\d-\d{3}\.\d{3}(?!\d)"  # NPWP
    r"|(?<![\w.])(?:\+|%2B)?62[\s.-]?8(?:[\s.()-]?\d){7,11}(?!\w)"  # mobile
    r"|(?<![\w.])(?:\+|%2B)62(?:[\s.()-]{0,2}\d){7,12}(?!\w)"  # any, international
    r"|(?<![\w.])08(?:[\s.()-]?\d){7,11}(?!\w)"  # mobile, national
    r"|(?<![\w.])\(?0[2-79]\d{1,2}\)?[\s-]\d{3,4}[\s-]?\d{3,4}(?!\w)",  # land line
    re.IGNORECASE,
)


def redact(value: Any, limit: int = LIMIT) -> Any:
    """The same shape with secrets and personal data masked; text is cut at `limit`.

    Mappings and sequences come back as dict and list, bytes as text.

    >>> redact({"access_token": "abc", "shop_id": 7, "note": "call 0812 3456 7890"})
    {'access_token': '***', 'shop_id': 7, 'note': 'call ***'}
    """
    if isinstance(value, bytes | bytearray | str):
        return redact_text(value, limit)
    if isinstance(value, Mapping):
        return {key: _by_key(str(key), item, limit) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact(item, limit) for item in value]
    return value


def redact_text(text: str | bytes | bytearray, limit: int = LIMIT) -> str:
    """Mask free text, JSON (even broken or cut off), query strings and header lines.

    Costs no more for 5 MB than for `limit` characters; says how much it left out.

    >>> redact_text('{"refresh_token":"abc","error":""}')
    '{"refresh_token": "***", "error": ""}'
    >>> redact_text('{"refresh_token":"abc')
    '{"refresh_token":"***"'
    >>> redact_text("/auth?code=4c7259534969484e71734d695a6e6d55&shop_id=7")
    '/auth?code=***&shop_id=7'
    """
    size = len(text)
    head = text[: limit + 256]  # some more, so that nothing is cut in its middle
    if not isinstance(head, str):
        head = head.decode("utf-8", "replace")
    masked = _mask_json(head) if size <= limit else None
    if masked is None:
        masked = _mask_pairs(head)
    masked = _storable(masked)
    if size <= limit:
        return masked
    return f"{masked[:limit]}… ({size} in all)"


def redact_url(url: str) -> str:
    """Mask user info and sensitive query values of a URL.

    >>> redact_url("https://u:p@host/api?sign=ab12&cursor=x")
    'https://***@host/api?sign=***&cursor=x'
    """
    parts = urlsplit(url)
    netloc = parts.netloc
    if "@" in netloc:
        netloc = f"{MASK}@{netloc.rpartition('@')[2]}"
    return urlunsplit(
        (
            parts.scheme,
            netloc,
            parts.path,
            _mask_pairs(parts.query),
            _mask_pairs(parts.fragment),
        )
    )


def is_sensitive(key: str) -> bool:
    """Whether a value under `key` is a secret or a person's.

    >>> is_sensitive("Authorization"), is_sensitive("next_page_token")
    (True, False)
    """
    return bool(_SENSITIVE.fullmatch(key))


def _by_key(key: str, value: Any, limit: int) -> Any:
    if is_sensitive(key):
        return _mask_all(value)
    if key.lower() == "code" and isinstance(value, str) and _CODE.fullmatch(value):
        return MASK
    return redact(value, limit)


def _mask_all(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _mask_all(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_mask_all(item) for item in value]
    if value is None or isinstance(value, bool) or value == "":
        return value  # absent and empty stay tellable from present
    return MASK


def _mask_json(text: str) -> str | None:
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.dumps(redact(json.loads(text)), ensure_ascii=False)
    except (ValueError, RecursionError):
        return None


def _storable(text: str) -> str:
    """Without what PostgreSQL refuses in a text: NUL and halves of surrogate pairs."""
    text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return text.encode("utf-8", "replace").decode()


def _mask_pairs(text: str) -> str:
    text = _PAIR.sub(_mask_pair, text)
    text = _CODE_PAIR.sub(rf"\g<1>{MASK}", text)
    return _PERSONAL.sub(MASK, text)


def _mask_pair(match: re.Match[str]) -> str:
    value = match["value"]
    if value.strip("\\\"'") in ("", "null", "true", "false"):
        return match[0]
    quote = '"' if '"' in value[:8] else ""
    return f"{match['head']}{quote}{MASK}{quote}"
