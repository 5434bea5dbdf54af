"""A refusal with a button: the account that is meant is there already."""

from odoo.exceptions import RedirectWarning, UserError


class AccountTakenError(UserError, RedirectWarning):
    """`other`: id of the account that is known outside as what is to be connected.

    For code it is a UserError with its sentence; the web client goes by the name of the
    class (see below), and shows the button of a RedirectWarning.
    """

    def __init__(self, message, other, action, button):
        Exception.__init__(self, message, action, button, None)
        self.connector_other = other

    def __str__(self):
        return self.args[0]


AccountTakenError.__module__ = RedirectWarning.__module__
AccountTakenError.__name__ = RedirectWarning.__name__
