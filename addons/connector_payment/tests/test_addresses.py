"""Where keys go, and that test money never meets real money."""

from odoo.exceptions import UserError, ValidationError

from .common import SECRETS, GatewayCase


class TestAddresses(GatewayCase):
    def real(self, provider="xendit", **values):
        return self.env["erp.connector.backend"].create(
            {
                "name": "Real",
                "provider": provider,
                "environment": "production",
                **values,
            }
        )

    def test_keys_go_to_the_gateway_alone_and_encrypted(self):
        for environment in ("production", "sandbox"):
            backend = self.real(environment=environment)
            self.assertEqual(backend.base_url, "https://api.xendit.co")
            for url in (
                "http://api.xendit.co",
                "https://api.xendit.co.evil.example",
                "https://evil.example/api.xendit.co",
                "https://api.xendit.co@evil.example",
                "https://xendit.co:x@169.254.169.254",
                "http://127.0.0.1:8069",
                "https://[",
                "ftp://api.xendit.co",
                "//api.xendit.co",
            ):
                with self.subTest(url), self.assertRaises(ValidationError):
                    backend.base_url = url
            backend.base_url = "https://api-id.xendit.co"

    def test_payouts_go_to_the_gateway_alone_too(self):
        backend = self.real("midtrans")
        self.assertTrue(backend.payout_url.startswith("https://app.midtrans.com/"))
        with self.assertRaises(ValidationError):
            backend.payout_url = "https://iris.evil.example/iris/api/v1"

    def test_an_account_with_keys_keeps_its_environment(self):
        for provider in SECRETS:
            backend = self.account_at(provider)
            with self.assertRaisesRegex(UserError, "keys belong to one environment"):
                backend.environment = "production"
            backend.write({"environment": "simulator", "name": "Other"})

    def test_an_account_with_books_keeps_its_environment_without_keys_too(self):
        self.pay(self.closed_va(self.invoice(100_000)))
        self.backend._set_secrets(dict.fromkeys(SECRETS["xendit"], False))
        with self.assertRaisesRegex(UserError, "has books already"):
            self.backend.environment = "sandbox"
        self.env["ir.config_parameter"].sudo().set_param(
            "database.is_neutralized", "True"
        )
        self.backend.environment = "sandbox"
        self.assertEqual(self.backend.base_url, "https://api.xendit.co")
