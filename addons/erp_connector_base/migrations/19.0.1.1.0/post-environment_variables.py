"""References that work keep working: a variable is allowed where it is used."""

from odoo import SUPERUSER_ID, api
from odoo.addons.erp_connector_base.tools import crypto, references


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    rows = env["erp.connector.credential"].search([("encrypted_value", "!=", False)])
    used = {}
    for row in rows:
        try:
            value = crypto.decrypt(row.encrypted_value)
        except crypto.UndecryptableError:
            continue  # it is entered anew, and asked about then
        if references.is_reference(value):
            company = row.backend_id.company_id
            used.setdefault(references.name_of(value), company.browse())
            used[references.name_of(value)] |= company
    for name, companies in used.items():
        if all(company._connector_may_read(name) for company in companies):
            continue
        for company in companies:
            listed = {*company._connector_variables(), name}
            company.erp_connector_variables = ", ".join(sorted(listed))
