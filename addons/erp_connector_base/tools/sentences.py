"""What went wrong, as a sentence for whoever has to mend it."""

import re

import psycopg2

from odoo.addons.erp_connector_base.client.errors import ConnectorError
from odoo.exceptions import AccessError, MissingError, RedirectWarning, UserError

LONGEST = 2000


def sentence(env, error):
    """One or more sentences without markup, tuple or traceback; "" for no error."""
    if error is None:
        return ""
    text = " ".join(_told(env, error).replace("\x00", "␀").split("\r"))
    return text.strip()[:LONGEST]


def _told(env, error):
    for kind, tell in _TELLERS:
        if isinstance(error, kind):
            return tell(env, error)
    return env._(
        "Something happened that the connector was not made for (%(what)s). The "
        "server's log of this minute tells where.",
        what=_named(error),
    )


def _as_it_is(_env, error):
    return str(error.args[0]) if error.args else str(error)


def _deleted(env, error):
    found = re.search(r"\(Record: ([\w.]+)\(([\d, ]*?),?\)", str(error))
    model = found and found[1] in env and env["ir.model"].sudo()._get(found[1]).name
    what = f"{model} {found[2]}" if model else _line(error)
    return env._(
        "A record that this needs has been deleted meanwhile: %(what)s. Choose another "
        "one in its place, for example under Connectors ▸ Mappings, then press Replay.",
        what=what,
    )


def _forbidden(env, error):
    return env._(
        "Odoo's access rights or companies do not allow this: %(what)s",
        what=_line(error),
    )


def _refused_by_database(env, error):
    """An integrity error in the words of the model's own constraint."""
    table = getattr(error.diag, "table_name", None)
    names = [n for n, m in env.registry.items() if table and m._table == table]
    if names and isinstance(error, psycopg2.IntegrityError):
        what = env[names[0]]._sql_error_to_message(error)
    else:
        what = getattr(error.diag, "message_primary", None) or _line(error)
    return env._("The database did not accept this: %(what)s", what=what)


def _line(error):
    return " ".join(str(error).split())


def _named(error):
    text = _line(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


_TELLERS = (
    (RedirectWarning, _as_it_is),
    (MissingError, _deleted),
    (AccessError, _forbidden),
    (UserError, _as_it_is),
    (ConnectorError, lambda _env, error: str(error)),
    (psycopg2.Error, _refused_by_database),
)


class SettledByHandError(UserError):
    """Odoo does not do this: a person settles it by hand and ignores the message."""
