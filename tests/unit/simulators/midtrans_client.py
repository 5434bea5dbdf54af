"""A merchant of Midtrans: calls and checks as the documentation says."""

import hashlib
import time
from datetime import datetime, timedelta, timezone

import requests

SERVER_KEY = "SB-Mid-server-simulator"
CREATOR, APPROVER = "IRIS-creator-simulator", "IRIS-approver-simulator"
MERCHANT_KEY = "iris-merchant-simulator"
JAKARTA = timezone(timedelta(hours=7))


class Merchant:
    """The Core API with the server key, Iris with the key that is named."""

    def __init__(self, url):
        self.url = f"{url}/midtrans"
        self.session = requests.Session()

    def raw(self, method, path, key=SERVER_KEY, **options):
        auth = (key, "") if key else None
        return self.session.request(
            method, self.url + path, auth=auth, timeout=10, **options
        )

    def post(self, path, body=None, **options):
        return self.raw("POST", path, json=body or {}, **options).json()

    def get(self, path, **options):
        return self.raw("GET", path, **options).json()

    def order(self, order_id="A-1", amount=100000, bank="bca", **extra):
        """The body of a charge."""
        details = {"order_id": order_id, "gross_amount": amount}
        body = {"payment_type": "bank_transfer", "transaction_details": details}
        if bank == "mandiri":
            body["payment_type"] = "echannel"
            body["echannel"] = {"bill_info1": "Bill:", "bill_info2": "A-1"}
        else:
            body["bank_transfer"] = {"bank": bank}
        return body | extra

    def charge(self, order_id="A-1", headers=None, **wish):
        return self.post("/v2/charge", self.order(order_id, **wish), headers=headers)

    def status(self, order_id="A-1"):
        return self.get(f"/v2/{order_id}/status")

    def iris(self, method, path, key=CREATOR, **options):
        return self.raw(method, f"/iris/api/v1{path}", key=key, **options)

    def payout(self, account="1112223334", amount="50000", notes="P-1", key="K-1"):
        """Queue one payout; its reference_no."""
        row = {
            "beneficiary_name": "Budi Santoso",
            "beneficiary_account": account,
            "beneficiary_bank": "bca",
            "amount": amount,
            "notes": notes,
        }
        headers = {"X-Idempotency-Key": key} if key else {}
        answer = self.iris(
            "POST", "/payouts", json={"payouts": [row]}, headers=headers
        ).json()
        return answer["payouts"][0]["reference_no"]

    def approve(self, *numbers, key=APPROVER, **body):
        body = {"reference_nos": list(numbers), **body}
        return self.iris("POST", "/payouts/approve", key=key, json=body)

    def payout_status(self, number):
        return self.iris("GET", f"/payouts/{number}").json()["status"]


def signature_of(body, key=SERVER_KEY):
    """SHA512 over order_id, status_code, gross_amount and the server key."""
    text = body["order_id"] + body["status_code"] + body["gross_amount"] + key
    return hashlib.sha512(text.encode()).hexdigest()


def seconds_of(text):
    """Seconds since 1970 of a time in GMT+7 that does not say so."""
    naive = datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007
    return naive.replace(tzinfo=JAKARTA).timestamp()


def until(condition, timeout=60):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
