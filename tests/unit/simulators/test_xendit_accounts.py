"""Xendit: keys, errors, limits, virtual accounts of both generations."""

import pytest
import requests

from tests.simulators.control import ControlFailure

from .xendit_client import V3, in_future, number_of

DAY = 86400
REQUESTS = "/v3/payment_requests"
FVA = "/callback_virtual_accounts"


# -- transport ------------------------------------------------------------------------


def test_a_wrong_key_and_a_password_are_refused(xmerchant):
    for auth in (("xnd_development_other", ""), (xmerchant.key, "password"), None):
        answer = requests.get(f"{xmerchant.url}/balance", auth=auth, timeout=60)
        assert answer.status_code == 401
        assert answer.json()["error_code"] == "INVALID_API_KEY"


def test_a_rotated_key_locks_the_old_one_out(xmerchant, xendit):
    xendit.rotate_key("xnd_development_new", which="secret_key")
    assert xmerchant.raw("GET", "/balance").status_code == 401
    xmerchant.key = "xnd_development_new"
    assert xmerchant.get("/balance") == {"balance": 0}


def test_every_answer_bears_a_request_id(xmerchant):
    ids = {xmerchant.raw("GET", "/balance").headers["Request-Id"] for _ in range(3)}
    assert len(ids) == 3


def test_permission_is_a_matter_of_product_and_direction(xmerchant, xendit):
    xendit.config(permissions={"money_in": "read", "payouts": "none"})
    assert xmerchant.request().status_code == 403
    assert xmerchant.get(f"{REQUESTS}/pr-x")["error_code"] == "DATA_NOT_FOUND"
    answer = xmerchant.raw("GET", "/payouts_channels")
    assert answer.json()["error_code"] == "REQUEST_FORBIDDEN_ERROR"


def test_without_a_limit_there_are_no_headers_about_it(xmerchant):
    assert "Rate-Limit-Limit" not in xmerchant.raw("GET", "/balance").headers


def test_a_window_for_each_endpoint_slides_with_the_clock(xmerchant, xendit):
    xendit.config(rate_limit=2)
    left = [
        xmerchant.raw("GET", "/balance").headers["Rate-Limit-Remaining"]
        for _ in range(2)
    ]
    assert left == ["1", "0"]
    refused = xmerchant.raw("GET", "/balance")
    assert refused.status_code == 429
    assert refused.json()["error_code"] == "RATE_LIMIT_EXCEEDED"
    assert refused.headers["Rate-Limit-Limit"] == "2"
    assert 59 < float(refused.headers["Rate-Limit-Reset"]) <= 60
    assert xmerchant.raw("GET", "/payouts_channels").status_code == 200
    xendit.advance_clock(61)
    assert xmerchant.raw("GET", "/balance").status_code == 200


def test_unknown_pages_and_bodies_that_are_no_json_are_refused(xmerchant):
    assert xmerchant.raw("GET", "/v9/nothing").status_code == 404
    auth, url = (xmerchant.key, ""), f"{xmerchant.url}{REQUESTS}"
    answer = requests.post(url, b"{", auth=auth, headers=V3, timeout=60)
    assert answer.json()["error_code"] == "API_VALIDATION_ERROR"


# -- v3 -------------------------------------------------------------------------------


def test_a_closed_request_shows_number_amount_and_expiry(xmerchant):
    wishes = {"display_name": "Toko", "expires_at": in_future(DAY)}
    made = xmerchant.made(channel_properties=wishes)
    assert made["status"] == "REQUIRES_ACTION"
    assert made["payment_request_id"].startswith("pr-")
    assert made["request_amount"] == 100000
    assert number_of(made).startswith("8808")
    assert made["channel_properties"]["expires_at"][:10] == in_future(DAY)[:10]
    assert xmerchant.get(f"{REQUESTS}/{made['payment_request_id']}") == made


def test_a_reusable_code_asks_for_no_amount(xmerchant):
    made = xmerchant.made("CUST-1", None)
    assert made["status"] == "ACCEPTING_PAYMENTS"
    assert made["type"] == "REUSABLE_PAYMENT_CODE"
    assert "request_amount" not in made


def test_a_repeated_create_makes_a_second_account(xmerchant, xendit):
    key = {"idempotency-key": "INV-1"}
    ids = [xmerchant.made(headers=key)["payment_request_id"] for _ in range(2)]
    assert len(set(ids)) == 2
    assert len(xendit.ledger("vas")) == 2


def test_the_idempotency_header_of_v3_can_be_switched_on(xmerchant, xendit):
    xendit.config(v3_idempotency=True)
    key = {"idempotency-key": "INV-1"}
    ids = [xmerchant.made(headers=key)["payment_request_id"] for _ in range(2)]
    assert len(set(ids)) == 1
    assert xmerchant.request(amount=5, headers=key).status_code == 409


def test_a_search_by_reference_lists_or_does_not_exist(xmerchant, xendit):
    made = xmerchant.made()
    assert xmerchant.get(REQUESTS, reference_id="INV-1")["data"] == [made]
    assert xmerchant.get(REQUESTS, reference_id="INV-2")["data"] == []
    xendit.config(search_by_reference=False)
    assert xmerchant.get(REQUESTS, reference_id="INV-1")["error_code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reference_id": ""}, "reference_id"),
        ({"reference_id": "x" * 256}, "reference_id"),
        ({"type": "LATER"}, "type"),
        ({"country": "PH"}, "country"),
        ({"currency": "USD"}, "currency"),
        ({"channel_code": "BCA"}, "channel_code"),
        ({"channel_code": "DBS_VIRTUAL_ACCOUNT"}, "channel_code"),
        ({"channel_properties": None}, "channel_properties"),
        ({"request_amount": "100000"}, "request_amount"),
        ({"request_amount": 1.5}, "request_amount"),
        ({"request_amount": None}, "request_amount"),
        ({"channel_properties": {"expires_at": "soon"}}, "expires_at"),
        ({"channel_properties": {"expires_at": in_future(-60)}}, "expires_at"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_field_is_named(xmerchant, changes, field):
    answer = xmerchant.request(**changes)
    assert answer.status_code == 400
    body = answer.json()
    assert body["error_code"] == "API_VALIDATION_ERROR"
    assert body["errors"][0]["field"][-1] == field


def test_the_version_header_is_required(xmerchant):
    answer = xmerchant.request(headers={"api-version": "2020-01-01"})
    assert answer.status_code == 400
    assert "api-version" in answer.text


def test_bca_takes_ten_thousand_to_fifty_million(xmerchant):
    for amount, status in ((9999, 400), (10000, 201), (50000000, 201), (50000001, 400)):
        answer = xmerchant.request(amount=amount, channel_code="BCA_VIRTUAL_ACCOUNT")
        assert answer.status_code == status


def test_a_number_of_ones_own_is_unique_while_it_is_active(xmerchant):
    wishes = {"channel_properties": {"virtual_account_number": "5551234567"}}
    made = xmerchant.made(**wishes)
    assert number_of(made) == "88085551234567"
    assert (
        xmerchant.request("INV-2", **wishes).json()["error_code"] == "DUPLICATE_ERROR"
    )
    xmerchant.post(f"{REQUESTS}/{made['payment_request_id']}/cancel")
    assert xmerchant.request("INV-2", **wishes).status_code == 201


def test_amount_and_expiry_change_while_the_request_is_active(xmerchant, xendit):
    made = xmerchant.made()
    path = f"{REQUESTS}/{made['payment_request_id']}"
    changed = xmerchant.patch(
        path,
        request_amount=90000,
        channel_properties={"expires_at": in_future(60)},
    )
    assert changed["request_amount"] == 90000
    assert xmerchant.patch(path, reference_id="other")["errors"][0]["field"] == [
        "reference_id"
    ]
    xendit.advance_clock(120)
    assert xmerchant.get(path)["status"] == "EXPIRED"
    refused = xmerchant.patch(path, request_amount=80000)
    assert refused["error_code"] == "INACTIVE_PAYMENT_REQUEST"


def test_a_cancelled_request_is_closed_for_payers(xmerchant, xendit):
    made = xmerchant.made()
    path = f"{REQUESTS}/{made['payment_request_id']}"
    assert xmerchant.post(f"{path}/cancel")["status"] == "CANCELED"
    assert xmerchant.post(f"{path}/cancel")["error_code"] == "INACTIVE_PAYMENT_REQUEST"
    with pytest.raises(ControlFailure, match="the bank refuses"):
        xendit.pay("INV-1")
    assert xendit.vas()["INV-1"]["status"] == "closed"


def test_simulate_pays_in_test_mode_only(xmerchant, xendit):
    made = xmerchant.made()
    path = f"{REQUESTS}/{made['payment_request_id']}"
    wrong = xmerchant.post(f"{path}/simulate", {"amount": 5})
    assert wrong["error_code"] == "API_VALIDATION_ERROR"
    assert xmerchant.post(f"{path}/simulate", {"amount": 100000})["status"] == "PENDING"
    assert xmerchant.get(path)["status"] == "SUCCEEDED"
    xmerchant.key = "xnd_production_x"
    xendit.rotate_key(xmerchant.key, which="secret_key")
    other = xmerchant.made("INV-2")["payment_request_id"]
    refused = xmerchant.post(f"{REQUESTS}/{other}/simulate", {"amount": 100000})
    assert refused["error_code"] == "REQUEST_FORBIDDEN_ERROR"


def test_the_ledger_shows_accounts_of_both_generations_alike(xmerchant, xendit):
    xmerchant.made()
    xmerchant.fva()
    closed, fixed = xendit.vas()["INV-1"], xendit.vas()["CUST-1"]
    assert (closed["kind"], closed["amount"], closed["bank"]) == (
        "closed",
        100000,
        "BNI",
    )
    assert (fixed["kind"], fixed["amount"], fixed["bank"]) == ("fixed", None, "BCA")
    assert set(closed) == set(fixed)


# -- legacy ---------------------------------------------------------------------------


def test_the_answer_is_pending_and_the_account_active(xmerchant):
    made = xmerchant.fva().json()
    assert made["status"] == "PENDING"
    assert made["account_number"].startswith("10766")
    found = xmerchant.get(f"{FVA}/{made['id']}")
    assert found == made | {"status": "ACTIVE"}
    assert int(found["expiration_date"][:4]) > 2050


def test_the_same_external_id_makes_another_account_without_a_key(xmerchant, xendit):
    ids = {xmerchant.fva().json()["id"] for _ in range(2)}
    assert len(ids) == 2
    key = {"X-IDEMPOTENCY-KEY": "CUST-2"}
    ids = {xmerchant.fva("CUST-2", headers=key).json()["id"] for _ in range(2)}
    assert len(ids) == 1
    other = xmerchant.fva("CUST-3", headers=key)
    assert other.status_code == 400
    assert other.json()["error_code"] == "DUPLICATE_TRANSACTION_ERROR"
    assert len(xendit.ledger("vas")) == 3


def test_a_number_is_requested_without_the_code_of_the_merchant(xmerchant):
    made = xmerchant.fva(bank_code="BRI", virtual_account_number="1063795361").json()
    assert made["account_number"] == "920011063795361"
    again = xmerchant.fva(bank_code="BRI", virtual_account_number="1063795361")
    assert again.json()["error_code"] == "DUPLICATE_CALLBACK_VIRTUAL_ACCOUNT"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"bank_code": "DBS"}, "BANK_NOT_SUPPORTED_ERROR"),
        ({"virtual_account_number": "1"}, "VIRTUAL_ACCOUNT_NUMBER_OUTSIDE_RANGE"),
        ({"expiration_date": in_future(-60)}, "EXPIRATION_DATE_NOT_SUPPORTED"),
        ({"is_closed": True, "expected_amount": 9999}, "MINIMUM_EXPECTED_AMOUNT_ERROR"),
        (
            {"is_closed": True, "expected_amount": 50000001},
            "MAXIMUM_EXPECTED_AMOUNT_ERROR",
        ),
        (
            {"is_closed": True, "expected_amount": 10000, "suggested_amount": 5},
            "SUGGESTED_AMOUNT_NOT_SUPPORTED",
        ),
        ({"name": ""}, "API_VALIDATION_ERROR"),
    ],
)
def test_legacy_refusals_are_http_400_with_a_code(xmerchant, changes, code):
    answer = xmerchant.fva(**changes)
    assert answer.status_code == 400
    assert answer.json()["error_code"] == code


def test_a_past_expiration_date_closes_an_account(xmerchant, xendit):
    path = f"{FVA}/{xmerchant.fva(amount=20000).json()['id']}"
    assert xmerchant.patch(path, expected_amount=30000)["expected_amount"] == 30000
    past = {"expiration_date": in_future(-60)}
    assert xmerchant.patch(path, **past)["status"] == "INACTIVE"
    assert xmerchant.patch(path, **past)["status"] == "INACTIVE"
    refused = xmerchant.patch(path, expected_amount=40000)
    assert refused["error_code"] == "INACTIVE_VIRTUAL_ACCOUNT_ERROR"
    with pytest.raises(ControlFailure, match="the bank refuses"):
        xendit.pay("CUST-1")


def test_an_unknown_account_is_not_found(xmerchant):
    answer = xmerchant.raw("GET", f"{FVA}/nothing")
    assert answer.status_code == 404
    code = answer.json()["error_code"]
    assert code == "CALLBACK_VIRTUAL_ACCOUNT_NOT_FOUND_ERROR"


def test_the_banks_are_listed_and_accepted(xmerchant):
    codes = [bank["code"] for bank in xmerchant.get("/available_virtual_account_banks")]
    assert "SAHABAT_SAMPOERNA" in codes
    for code in codes:
        made = xmerchant.fva(bank_code=code, amount=20000)
        assert made.json()["bank_code"] == code


def test_a_legacy_account_is_paid_by_simulation(xmerchant, xendit):
    xmerchant.fva()
    done = xmerchant.post(
        f"{FVA}/external_id=CUST-1/simulate_payment", {"amount": 15000}
    )
    assert done["status"] == "COMPLETED"
    [payment] = xendit.payments().values()
    assert (payment["amount"], payment["reference"]) == (15000, "CUST-1")
    missing = xmerchant.post(f"{FVA}/external_id=X/simulate_payment", {"amount": 1})
    assert missing["error_code"] == "CALLBACK_VIRTUAL_ACCOUNT_NOT_FOUND_ERROR"
