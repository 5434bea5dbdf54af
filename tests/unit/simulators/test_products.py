"""The catalogue as the product interface shows it."""

LIST = "/api/v2/product/get_item_list"
BASE = "/api/v2/product/get_item_base_info"
MODELS = "/api/v2/product/get_model_list"


def items(client):
    found, offset = [], 0
    while True:
        page = client.call(LIST, offset=offset, page_size=20, item_status="NORMAL")
        found += [row["item_id"] for row in page["response"]["item"]]
        if not page["response"]["has_next_page"]:
            return found
        offset = page["response"]["next_offset"]


def test_the_shop_sells_fifty_skus(client):
    ids, skus = items(client), []
    for row in client.call(BASE, item_id_list=",".join(map(str, ids)))["response"][
        "item_list"
    ]:
        if row["has_model"]:
            assert "price_info" not in row
            models = client.call(MODELS, item_id=row["item_id"])["response"]["model"]
            skus += [model["model_sku"] for model in models]
        else:
            skus.append(row["item_sku"])
    assert sorted(skus) == [f"SKU-{number:03d}" for number in range(1, 51)]


def test_prices_are_whole_rupiah(client):
    row = client.call(BASE, item_id_list=items(client)[0])["response"]["item_list"][0]
    assert row["price_info"][0]["currency"] == "IDR"
    assert row["price_info"][0]["current_price"].is_integer()


def test_a_status_is_required_and_others_than_normal_are_empty(client):
    assert client.call(LIST, page_size=10)["error"] == "error_param_item_status"
    answer = client.call(LIST, page_size=10, item_status="BANNED")
    assert answer["response"]["item"] == []


def test_unknown_items_are_refused(client):
    assert client.call(BASE, item_id_list=1)["error"] == "error_item_not_found"
    assert client.call(MODELS, item_id=1)["error"] == "error_item_not_found"


def test_more_than_fifty_items_are_refused(client):
    answer = client.call(BASE, item_id_list=",".join(["1"] * 51))
    assert answer["error"] == "error_param"
