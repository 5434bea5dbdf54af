"""The page of a virtual account, and what a waiting page asks."""

from odoo import http
from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.exceptions import AccessError, MissingError
from odoo.http import request

#: What may be asked about, by the name that pages know it under.
DOCUMENTS = {
    "invoice": "account.move",
    "order": "sale.order",
    "va": "connector.payment.va",
}


class VirtualAccountPortal(CustomerPortal):
    @http.route(
        "/my/virtual_accounts/<int:va_id>", type="http", auth="public", website=True
    )
    def virtual_account(self, va_id, access_token=None, **kwargs):
        """How to pay; for several invoices too, then it is their payment link."""
        try:
            va = self._document_check_access(
                "connector.payment.va", va_id, access_token
            )
        except (AccessError, MissingError):
            return request.redirect("/my")
        values = self._get_page_view_values(
            va,
            access_token,
            {"page_name": "virtual_account", "va": va},
            "my_virtual_accounts_history",
            False,
            **kwargs,
        )
        return request.render("connector_payment.portal_virtual_account", values)

    @http.route("/my/virtual_accounts/state", type="jsonrpc", auth="public")
    def virtual_account_state(self, document, document_id, access_token=None):
        """{paid, mark} of a document whose page waits, {} for whom it is not for."""
        try:
            record = self._document_check_access(
                DOCUMENTS.get(document, ""), int(document_id), access_token
            )
        except (AccessError, MissingError, KeyError, ValueError):
            return {}
        paid, mark = record._page_state()
        return {"paid": paid, "mark": mark}
