"""Payouts by the hundred, made by one person and approved by another.

Runs in Odoo's shell, on the benchmark's database.
"""

from typing import Any

from odoo import Command

AMOUNT = 50_000


def approved(env: Any, backend: int, count: int) -> None:
    """So many payouts to bank accounts of their own, approved and on their way."""
    account = env["erp.connector.backend"].browse(backend)
    payments = env["account.payment"].create(
        [payment(account, payee) for payee in payees(env, count)]
    )
    maker, approver = (person(env, group) for group in ("maker", "approver"))
    env.cr.commit()
    action = payments.with_user(maker).action_connector_pay()
    wizard = env["connector.payment.pay"].browse(action["res_id"]).with_user(maker)
    wizard.action_submit()
    made = env["connector.payment.payout"].search([("backend_id", "=", backend)])
    made.with_user(approver).action_approve()
    env.cr.commit()


def payees(env: Any, count: int) -> Any:
    """Vendors, each with a trusted bank account."""
    bank = env["connector.payment.bank"].search([("code", "=", "bca")]).bank_id
    return env["res.partner"].create(
        [
            {
                "name": f"Vendor {number}",
                "bank_ids": [
                    Command.create(
                        {
                            "acc_number": f"{1_000_000_000 + number}",
                            "acc_holder_name": f"Vendor {number}",
                            "bank_id": bank.id,
                            "allow_out_payment": True,
                        }
                    )
                ],
            }
            for number in range(count)
        ]
    )


def payment(account: Any, payee: Any) -> dict[str, Any]:
    """A draft payment by the gateway's payout method."""
    return {
        "payment_type": "outbound",
        "partner_type": "supplier",
        "partner_id": payee.id,
        "partner_bank_id": payee.bank_ids.id,
        "amount": AMOUNT,
        "journal_id": account.journal_id.id,
        "payment_method_line_id": account._method_line("outbound").id,
    }


def person(env: Any, group: str) -> Any:
    """A user who may do one half of it."""
    users = env["res.users"]
    found = env.ref(f"connector_payment.group_{group}")
    values = {"name": group, "login": group, "group_ids": [Command.set(found.ids)]}
    return users.search([("login", "=", group)]) or users.create(values)
