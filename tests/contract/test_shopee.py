"""What the documents of Shopee leave open: the client takes it either way."""

from datetime import UTC, datetime, timedelta

import pytest

from .test_orders import parsed


@pytest.fixture
def shopee(linked):
    if linked.code != "shopee":
        pytest.skip("about Shopee")
    return linked


@pytest.mark.parametrize("sign", [-1, 1])
def test_vouchers_may_have_either_sign(shopee, sign):
    shopee.control.config(voucher_sign=sign, escrow_voucher_sign=-sign)
    ids = shopee.control.place(
        2, seller_voucher=5000, shopee_voucher=3000, coins=250, lines=2
    )
    for order in parsed(shopee.client(), ids).values():
        assert order.difference == 0
        assert sorted(c.amount for c in order.charges)[:3] == [-5000, -3000, -250]


@pytest.mark.parametrize("methods", [["POST"], ["GET"], ["POST", "GET"]])
def test_the_batch_of_breakdowns_may_be_asked_by_either_method(shopee, methods):
    shopee.control.config(escrow_batch_methods=methods)
    ids = shopee.control.place(25)
    assert {order.difference for order in parsed(shopee.client(), ids).values()} == {0}


def test_breakdowns_come_one_by_one_where_there_is_no_batch(shopee):
    path = "*/get_escrow_detail_batch"
    shopee.control.fault("api_error", path, code="error_not_found", status=404)
    ids = shopee.control.place(5)
    client = shopee.client()
    assert {order.difference for order in parsed(client, ids).values()} == {0}
    parsed(client, ids)
    calls = shopee.control.calls()
    assert calls["/api/v2/payment/get_escrow_detail"] == 10
    assert calls["/api/v2/payment/get_escrow_detail_batch"] == 2


@pytest.mark.parametrize("epoch", [False, True])
def test_the_life_of_a_token_may_be_seconds_or_a_point_in_time(shopee, epoch):
    shopee.control.config(expire_in_epoch=epoch)
    tokens = shopee.client().refresh(shopee.credentials["refresh_token"])
    life = tokens.expires_at - datetime.now(UTC)
    assert timedelta(hours=3.9) < life <= timedelta(hours=4)


@pytest.mark.parametrize("as_text", [False, True])
def test_a_lost_push_may_be_text_or_an_object(shopee, as_text):
    shopee.control.config(lost_data_as_text=as_text, callback_url="http://127.0.0.1:9/")
    shopee.control.fault("push_drop")
    (key,) = shopee.control.place(1)
    (body,) = shopee.client().lost_pushes().bodies
    assert f'"{key}"' in body


def test_a_push_url_is_registered_with_a_test_push(shopee, receiver):
    shopee.client().set_push_url(receiver.url)
    (request,) = receiver.requests
    shopee.webhook.verify(request, shopee.credentials)
    assert shopee.webhook.parse(request) == ()
    assert shopee.control.config()["callback_url"] == receiver.url
