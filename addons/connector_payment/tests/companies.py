"""Several companies, and the same gateway for more than one of them."""

from .common import SECRETS


class CompaniesMixin:
    """Other companies, and what links a gateway for them."""

    def new_company(self, name):
        company = self.env["res.company"].create(
            {"name": name, "currency_id": self.env.ref("base.IDR").id}
        )
        self.env["account.chart.template"].try_loading(
            self.env.company.chart_template, company, install_demo=False
        )
        return company

    def link_wizard(self, provider="xendit", keys=None, **values):
        wizard = self.env["connector.payment.link"].create(
            {
                "provider": provider,
                "environment": "simulator",
                "base_url": getattr(self, provider).url,
                **values,
            }
        )
        wizard.action_make_account()
        wizard.backend_id._set_secrets(SECRETS[provider] if keys is None else keys)
        return wizard
