"""A customer's virtual accounts: their list, their pages, what a waiting page asks."""

from odoo import http
from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager
from odoo.exceptions import AccessError, MissingError
from odoo.fields import Domain
from odoo.http import request

LIST = "/my/virtual-accounts"
HISTORY = "my_virtual_accounts_history"
#: What may be asked about, by the name that pages know it under.
DOCUMENTS = {
    "invoice": "account.move",
    "order": "sale.order",
    "va": "connector.payment.va",
}

#: What Odoo's own links to a page may bear.
PAGE_VALUES = {"error", "warning", "success", "pid", "hash"}
#: The largest number that a record can have.
MOST = 2**31 - 1


class VirtualAccountPortal(CustomerPortal):
    # ---- home and list ---------------------------------------------------------------

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "virtual_account_count" in counters:
            values["virtual_account_count"] = self._count_virtual_accounts()
        return values

    def _virtual_account_domain(self):
        """A customer's own by the record rule; of everybody else here too."""
        customer = request.env.user.partner_id.commercial_partner_id
        theirs = Domain("partner_id", "child_of", customer.ids)
        return theirs & Domain("state", "!=", "failed")

    def _count_virtual_accounts(self, domain=Domain.TRUE):
        accounts = request.env["connector.payment.va"]
        if not accounts.has_access("read"):
            return 0
        return accounts.search_count(self._virtual_account_domain() & domain)

    def _virtual_account_sortings(self):
        _ = request.env._
        return {
            "open": {"label": _("Open First"), "order": "is_open desc, expires_at, id"},
            "date": {"label": _("Newest First"), "order": "id desc"},
            "amount": {"label": _("Amount"), "order": "amount desc nulls last, id"},
        }

    def _virtual_account_filters(self):
        _ = request.env._
        return {
            "all": {"label": _("All"), "domain": Domain.TRUE},
            "open": {"label": _("Open"), "domain": Domain("is_open", "=", True)},
            "fixed": {"label": _("Fixed"), "domain": Domain("kind", "=", "fixed")},
            "paid": {"label": _("Paid"), "domain": Domain("state", "=", "paid")},
        }

    @http.route(
        [LIST, f"{LIST}/page/<int:page>"], type="http", auth="user", website=True
    )
    def virtual_accounts(self, page=1, sortby=None, filterby=None, **kwargs):
        """Those of the customer's company, the open ones first."""
        sortings = self._virtual_account_sortings()
        filters = self._virtual_account_filters()
        sortby = sortby if sortby in sortings else "open"
        filterby = filterby if filterby in filters else "all"
        domain = filters[filterby]["domain"]
        pager = portal_pager(
            url=LIST,
            url_args={"sortby": sortby, "filterby": filterby},
            total=self._count_virtual_accounts(domain),
            page=_number(page),
            step=self._items_per_page,
        )
        accounts = request.env["connector.payment.va"]
        if pager["page_count"] and accounts.has_access("read"):
            accounts = accounts.search(
                self._virtual_account_domain() & domain,
                order=sortings[sortby]["order"],
                limit=self._items_per_page,
                offset=pager["offset"],
            )
        request.session[HISTORY] = accounts.ids[:100]
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "virtual_accounts",
            "vas": accounts.sudo(),
            "pager": pager,
            "default_url": LIST,
            "searchbar_sortings": sortings,
            "sortby": sortby,
            "searchbar_filters": filters,
            "filterby": filterby,
        }
        return request.render("connector_payment.portal_my_virtual_accounts", values)

    # ---- invoice ---------------------------------------------------------------------

    def _show_report(self, model, report_type, report_ref, download=False):
        """The invoice's page shows the accounts, and alive: not on its paper too."""
        if report_type == "html":
            request.update_context(connector_vas_shown=True)
        return super()._show_report(model, report_type, report_ref, download)

    # ---- one of them -----------------------------------------------------------------

    @http.route(f"{LIST}/<int:va_id>", type="http", auth="public", website=True)
    def virtual_account(self, va_id, access_token=None, **kwargs):
        """How to pay; for several invoices too, then it is their payment link."""
        va = self._shown_document("va", va_id, access_token)
        if not va:
            return request.redirect("/my")
        values = self._get_page_view_values(
            va,
            access_token,
            {"page_name": "virtual_account", "va": va},
            HISTORY,
            False,
            **{name: kwargs[name] for name in PAGE_VALUES & set(kwargs)},
        )
        return request.render("connector_payment.portal_virtual_account", values)

    @http.route(f"{LIST}/state", type="jsonrpc", auth="public")
    def virtual_account_state(
        self, document=None, document_id=None, access_token=None, **kwargs
    ):
        """{paid, mark} of a document whose page waits, {} for whom it is not for."""
        record = self._shown_document(document, document_id, access_token)
        if not record:
            return {}
        paid, mark = record._page_state()
        return {"paid": paid, "mark": mark}

    def _shown_document(self, kind, document_id, access_token):
        """The document as superuser, for whom it is for; None for everybody else.

        All three come from outside, in whatever type, size and spelling.
        """
        model = DOCUMENTS.get(kind) if isinstance(kind, str) else None
        number = _number(document_id)
        if not model or not number:
            return None
        known = isinstance(access_token, str) and access_token.isascii()
        try:
            return self._document_check_access(
                model, number, access_token if known else None
            )
        except (AccessError, MissingError):
            return None


def _number(value):
    """What `value` says as the number of a record; 0 if it is none."""
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value) if len(value) <= len(str(MOST)) else 0
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 < value <= MOST else 0
