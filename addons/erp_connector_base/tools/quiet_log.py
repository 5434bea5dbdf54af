"""Odoo logs a statement that fails with all its values; ours hold what no log may show.

Payloads, bank accounts and tokens travel in them. The statement's verb and table, and
the first line of the error, say enough to find the record.
"""

import logging
import re

LOGGER = "odoo.sql_db"
#: Statements that name one of these keep their values to themselves.
TABLES = re.compile(r"connector_|res_partner_bank")
HEAD = re.compile(r'\W*(\w+)\s+(?:INTO\s+|FROM\s+)?"?(\w+)"?')


class StatementFilter(logging.Filter):
    """Lets every record pass, a failed statement of ours without its values."""

    def filter(self, record):
        if str(record.msg).startswith("bad query") and len(record.args) == 2:
            statement, error = (_text(arg) for arg in record.args)
            if TABLES.search(statement):
                first_line = error.splitlines()[0] if error else ""
                record.args = (_head(statement), first_line)
        return True


def install():
    """Once, however often the add-on is loaded."""
    logger = logging.getLogger(LOGGER)
    if not any(type(f).__name__ == StatementFilter.__name__ for f in logger.filters):
        logger.addFilter(StatementFilter())


def _text(value):
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _head(statement):
    """Verb and table of a statement.

    >>> _head('UPDATE "res_partner_bank" SET "acc_number" = 1234')
    'UPDATE res_partner_bank … (values left out)'
    """
    found = HEAD.match(statement)
    return " ".join([*(found.groups() if found else ()), "… (values left out)"])
