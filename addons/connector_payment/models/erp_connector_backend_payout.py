"""What the gateway account is asked before money leaves: balance and bank accounts."""

from datetime import timedelta
from functools import partial

from odoo import fields, models
from odoo.addons.erp_connector_base.client.errors import ConnectorError
from odoo.addons.erp_connector_base.client.parallel import side_by_side
from odoo.exceptions import UserError

#: The gateway's word about a bank account counts so long.
CHECK_DAYS = 30


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    payout_release = fields.Selection(
        [
            ("odoo", "By Odoo, with the approver's key"),
            ("otp", "By Odoo, with the approver's key and a one-time password"),
            ("dashboard", "By a person in the gateway's dashboard"),
        ],
        "Release at the Gateway",
        required=True,
        default="odoo",
        help="Some gateways want a second key for each payout (Midtrans). Odoo gives "
        "it when the payout was approved here, or a person does it there. If the "
        "gateway asks for a one-time password, an approver enters it in Odoo.",
    )

    payout_key_minutes = fields.Integer(
        "Payout Keys Live (min)",
        default=5,
        required=True,
        help="Where lost payouts cannot be searched (Midtrans), the same request is "
        "sent again with the same idempotency key, within these minutes only: a "
        "gateway that has forgotten the key would queue a second payout. Afterwards a "
        "person looks into the gateway's dashboard.",
    )

    def _payout_balance(self):
        """What the gateway can pay out now, in rupiah."""
        self.ensure_one()
        backend = self.sudo()
        try:
            with backend._transport() as transport:
                return float(backend._gateway_client(transport).balance())
        except ConnectorError as error:
            raise UserError(
                self.env._(
                    "%(gateway)s does not tell its balance now: %(error)s",
                    gateway=backend.name,
                    error=error,
                )
            ) from error

    def _check_balance(self, needed, waiting=0.0):
        """Refuse to send more than the gateway holds; `waiting`: released already."""
        currency = self.sudo().company_id.currency_id
        balance = self._payout_balance()
        if currency.compare_amounts(needed + waiting, balance) <= 0:
            return
        raise UserError(
            self.env._(
                "%(gateway)s holds %(balance)s. These payouts need %(needed)s, and "
                "%(waiting)s more is released and not sent yet. Top up the gateway's "
                "balance, or pay out less.",
                gateway=self.sudo().name,
                balance=currency.format(balance),
                needed=currency.format(needed),
                waiting=currency.format(waiting),
            )
        )

    def _check_bank_accounts(self, accounts):
        """Ask the gateway about those it has not been asked about lately."""
        self.ensure_one()
        backend = self.sudo()
        old = fields.Datetime.now() - timedelta(days=CHECK_DAYS)
        due = accounts.sudo().filtered(
            lambda a: (
                a.connector_check in (False, "invalid")
                or not a.connector_checked_at
                or a.connector_checked_at < old
            )
        )
        if not due or not backend._features().checks_accounts:
            return
        with backend._transport() as transport:
            client = backend._gateway_client(transport)
            calls = {
                account.id: partial(
                    client.check_account,
                    account._connector_channel(backend).payout_code or "",
                    account._connector_number(),
                )
                for account in due
            }
            answers = side_by_side(calls)
        for account in due:
            answer = answers[account.id]
            if not isinstance(answer, Exception):
                account._connector_take_check(answer)
            elif not isinstance(answer, ConnectorError):
                raise answer
