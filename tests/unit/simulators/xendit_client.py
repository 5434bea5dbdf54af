"""A client of the Xendit simulator that calls as the documentation says."""

import json
from datetime import UTC, datetime

import requests

SECRET, TOKEN = "xnd_development_simulator", "xendit-simulator-callback-token"
V3 = {"api-version": "2024-11-11"}


class Merchant:
    """Calls with the secret key; ``json()`` of the answer where it is short."""

    def __init__(self, url):
        self.url, self.key = f"{url}/xendit", SECRET
        self.session = requests.Session()

    def raw(self, method, path, body=None, headers=None, **query):
        return self.session.request(
            method,
            self.url + path,
            params=query,
            json=body,
            headers=headers,
            auth=(self.key, ""),
            timeout=10,
        )

    def get(self, path, headers=V3, **query):
        return self.raw("GET", path, headers=headers, **query).json()

    def post(self, path, body=None, headers=V3):
        return self.raw("POST", path, body, headers).json()

    def patch(self, path, headers=V3, **body):
        return self.raw("PATCH", path, body, headers).json()

    # -- v3 -------------------------------------------------------------------------

    def request(self, reference="INV-1", amount=100000, headers=None, **changes):
        """POST /v3/payment_requests; ``amount`` None makes a reusable one."""
        body = {
            "reference_id": reference,
            "type": "PAY" if amount else "REUSABLE_PAYMENT_CODE",
            "country": "ID",
            "currency": "IDR",
            "channel_code": "BNI_VIRTUAL_ACCOUNT",
            "channel_properties": {"display_name": "Toko Maju"},
        }
        if amount:
            body["request_amount"] = amount
        headers = V3 | (headers or {})
        return self.raw("POST", "/v3/payment_requests", body | changes, headers)

    def made(self, *arguments, **changes):
        """The payment request, made."""
        answer = self.request(*arguments, **changes)
        assert answer.status_code == 201, answer.text
        return answer.json()

    # -- legacy ---------------------------------------------------------------------

    def fva(self, external_id="CUST-1", amount=None, headers=None, **changes):
        """POST /callback_virtual_accounts; ``amount`` makes a closed one."""
        body = {"external_id": external_id, "bank_code": "BCA", "name": "Toko Maju"}
        if amount is not None:
            closed = {"is_closed": True, "is_single_use": True}
            body |= closed | {"expected_amount": amount}
        return self.raw("POST", "/callback_virtual_accounts", body | changes, headers)

    # -- payouts --------------------------------------------------------------------

    def payout(self, reference="PO-1", amount=250000, account="1234567890", **changes):
        """POST /v2/payouts with the reference as key."""
        key = changes.pop("key", reference)
        body = {
            "reference_id": reference,
            "channel_code": "ID_BNI",
            "channel_properties": {
                "account_number": account,
                "account_holder_name": "Budi",
            },
            "amount": amount,
            "currency": "IDR",
            "description": "Vendor bill",
        }
        headers = {"Idempotency-key": key} if key else {}
        return self.raw("POST", "/v2/payouts", body | changes, headers)


def in_future(seconds):
    """A time as a client sends it."""
    moment = datetime.fromtimestamp(datetime.now(UTC).timestamp() + seconds, UTC)
    return moment.isoformat()


def number_of(request):
    """The account number in the actions of a payment request."""
    [action] = request["actions"]
    assert action["type"] == "PRESENT_TO_CUSTOMER"
    assert action["descriptor"] == "VIRTUAL_ACCOUNT_NUMBER"
    return action["value"]


def told(receiver, event=None):
    """Bodies of the webhooks so far; of one event only."""
    bodies = [json.loads(body) for body in receiver.bodies]
    return [body for body in bodies if event in (None, body.get("event"))]
