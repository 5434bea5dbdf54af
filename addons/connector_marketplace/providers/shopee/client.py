"""Shopee Open Platform v2: one method an endpoint. Clock and transport are given."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from odoo.addons.connector_marketplace.providers import schema
from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    ConnectorError,
    RejectedError,
    UnexpectedResponseError,
)
from odoo.addons.erp_connector_base.client.reading import Fields

from . import mapping, push
from .calls import Caller, shop_number, utc_now
from .envelope import GarbledError

#: Everything v2.order.get_order_detail gives only when asked, and that we use.
OPTIONAL_FIELDS = (
    "buyer_user_id,buyer_username,recipient_address,note,item_list,pay_time,"
    "dropshipper,dropshipper_phone,split_up,buyer_cancel_reason,cancel_by,cancel_reason,"
    "fulfillment_flag,pickup_done_time,package_list,shipping_carrier,payment_method,"
    "total_amount,estimated_shipping_fee,actual_shipping_fee"
)
REFRESH_TOKEN_LIFE = timedelta(days=30)
#: v2.payment.get_escrow_detail_batch takes 50 and recommends at most this many.
BREAKDOWNS_PER_CALL = 20
#: Orders left out of a batch of breakdowns are asked for alone, if they are no more.
ASKED_ALONE = 3
_NOT_FOUND = {"error_not_found", "order_not_found"}
#: Refusals that may be about one order of a list only.
_ONE_OF_THEM = _NOT_FOUND | {"error_param", "error_data", schema.NOT_THE_TOKEN}
#: The app may not read payments. `error_auth` says so, too, of this API only.
_NO_RIGHT = {
    "error_permission",
    "error_api_permission",
    "error_kyc_auth",
    schema.NOT_THE_TOKEN,
}
_LIST_STATUSES = ("NORMAL", "UNLIST")


class ShopeeClient:
    """One linked shop, or one to be linked. `auth_url`: the authorisation page."""

    max_window = timedelta(days=15)
    max_orders = 50

    def __init__(
        self,
        caller: Caller,
        auth_url: str,
        clock: Callable[[], datetime] = utc_now,
        legacy_link: bool = False,
    ) -> None:
        self._caller = caller
        self._auth_url = auth_url
        self._clock = clock
        self._legacy_link = legacy_link
        self._batch_methods = ("POST", "GET")  # those that may work, the best first

    # -- authorisation ---------------------------------------------------------------

    def authorization_url(self, state: str, redirect_uri: str) -> str:
        """The page where the shop's owner agrees (open.shopee.com/auth, or, on demand,
        the older signed link, which is valid for 5 minutes and keeps no state itself).
        """
        if self._legacy_link:
            path = "/api/v2/shop/auth_partner"
            back = f"{redirect_uri}?{urlencode({'state': state})}"
            query = [*self._caller.signed(path, public=True), ("redirect", back)]
            return f"{self._caller.base_url}{path}?{urlencode(query)}"
        query = [
            ("partner_id", self._caller.partner_id),
            ("auth_type", "seller"),
            ("redirect_uri", redirect_uri),
            ("response_type", "code"),
            ("state", state),
        ]
        return f"{self._auth_url}?{urlencode(query)}"

    def exchange_code(self, code: str, shop_id: str) -> schema.Tokens:
        """v2.public.get_access_token; the code lives 10 minutes and works once."""
        owner = {"code": code, "shop_id": shop_number(shop_id)}
        return self._tokens("/api/v2/auth/token/get", owner, shop_id)

    def refresh(self, refresh_token: str) -> schema.Tokens:
        """v2.public.refresh_access_token; the given token is dead afterwards."""
        owner = {
            "refresh_token": refresh_token,
            "shop_id": _number(self._caller.shop_id),
        }
        return self._tokens(
            "/api/v2/auth/access_token/get", owner, self._caller.shop_id
        )

    def shop_info(self) -> schema.ShopInfo:
        """v2.shop.get_shop_info."""
        answer = self._caller.get("/api/v2/shop/get_shop_info", wrapped=False)
        return schema.ShopInfo(
            id=self._caller.shop_id,
            name=answer.text("shop_name"),
            region=answer.text("region"),
            raw_status=answer.text("status"),
            authorised_at=answer.moment("auth_time"),
            authorised_until=answer.moment("expire_time"),
        )

    # -- orders ----------------------------------------------------------------------

    def list_orders(
        self,
        updated_from: datetime,
        updated_to: datetime,
        cursor: str = "",
        page_size: int = 100,
    ) -> schema.OrderPage:
        """v2.order.get_order_list by update time, without status filter: the filter
        lacks TO_CONFIRM_RECEIVE, TO_RETURN and RETRY_SHIP.
        """
        answer = self._caller.get(
            "/api/v2/order/get_order_list",
            time_range_field="update_time",
            time_from=int(updated_from.timestamp()),
            time_to=int(updated_to.timestamp()),
            page_size=page_size,
            cursor=cursor,
            response_optional_fields="order_status",
            request_order_status_pending="true",
        )
        refs = tuple(map(mapping.parse_ref, answer.objects("order_list")))
        return schema.OrderPage(refs, answer.text("next_cursor"), answer.flag("more"))

    def get_orders(self, ids: Sequence[str]) -> dict[str, schema.Found]:
        """v2.order.get_order_detail, 50 a call. An order the shop does not show (yet)
        is a NotShownError, one that spoils the answer is tried on its own.
        """
        found: dict[str, schema.Found] = {}
        for chunk in _chunks(list(dict.fromkeys(ids)), self.max_orders):
            found |= self._orders(chunk)
        return found

    def get_breakdowns(self, ids: Sequence[str]) -> dict[str, schema.Found]:
        """v2.payment.get_escrow_detail_batch, by POST or GET, whichever works here;
        else v2.payment.get_escrow_detail, one by one.
        """
        wanted = list(dict.fromkeys(ids))
        found: dict[str, schema.Found] = {}
        try:
            for chunk in _chunks(wanted, BREAKDOWNS_PER_CALL):
                found |= self._breakdowns(chunk)
        except (RejectedError, AuthenticationError) as error:
            if not _is_no_right(error):
                raise
            refused = RejectedError(str(error), code=schema.NO_RIGHT)
            found |= {key: refused for key in wanted if key not in found}
        return found

    def parse_order(
        self, raw: Mapping[str, Any], breakdown: Mapping[str, Any] | None = None
    ) -> schema.Order:
        """See mapping.parse_order."""
        return mapping.parse_order(raw, breakdown)

    def detail_dedup_key(self, raw: Mapping[str, Any]) -> str:
        """See mapping.detail_dedup_key."""
        return mapping.detail_dedup_key(raw)

    def told(self, body: str) -> schema.Told | None:
        """See push.told."""
        return push.told(body)

    # -- products --------------------------------------------------------------------

    def list_listings(
        self, page_size: int = 50
    ) -> Iterator[tuple[schema.Listing, ...]]:
        """v2.product.get_item_list with get_item_base_info and get_model_list."""
        offset, more = 0, True
        while more:
            page = self._caller.get(
                "/api/v2/product/get_item_list",
                offset=offset,
                page_size=page_size,
                item_status=_LIST_STATUSES,
            )
            ids = [row.name("item_id") for row in page.objects("item")]
            for chunk in _chunks(ids, 50):
                yield self._listings(chunk)
            following = page.whole("next_offset") or 0
            more = page.flag("has_next_page") and following > offset
            offset = following

    # -- pushes ----------------------------------------------------------------------

    def lost_pushes(self) -> schema.LostPushes:
        """v2.push.get_lost_push_message: the oldest 100 of the last three days."""
        path = "/api/v2/push/get_lost_push_message"
        answer = self._caller.get(path, public=True)
        bodies = tuple(
            data if isinstance(data, str) else schema.dump(data)
            for row in answer.objects("push_message_list")
            if (data := row.data.get("data")) is not None
        )
        last_id = answer.text("last_message_id", 64)
        return schema.LostPushes(bodies, last_id, answer.flag("has_next_page"))

    def confirm_lost_pushes(self, last_id: str) -> None:
        """v2.push.confirm_consumed_lost_push_message."""
        path = "/api/v2/push/confirm_consumed_lost_push_message"
        body = {"last_message_id": _number(last_id)}
        self._caller.post(path, body, wrapped=False, public=True)

    def set_push_url(self, url: str, codes: Sequence[int] = (3,)) -> None:
        """v2.push.set_app_push_config: Shopee sends a test push there at once."""
        body = {"callback_url": url, "set_push_config_on": list(codes)}
        path = "/api/v2/push/set_app_push_config"
        self._caller.post(path, body, wrapped=False, public=True)

    # -- what they are made of -------------------------------------------------------

    def _tokens(self, path: str, body: dict[str, Any], shop_id: str) -> schema.Tokens:
        body["partner_id"] = _number(self._caller.partner_id)
        answer = self._caller.post(
            path, body, wrapped=False, public=True, idempotent=False
        )
        now = self._clock()
        seconds = answer.needed("expire_in", answer.whole("expire_in", 1))
        # documented as seconds, but an official sample shows a point in time
        ends = datetime.fromtimestamp(seconds, UTC) if seconds > 10**9 else None
        shops = answer.data.get("shop_id_list") or [answer.data.get("shop_id")]
        return schema.Tokens(
            access_token=answer.name("access_token", 4096),
            refresh_token=answer.name("refresh_token", 4096),
            expires_at=ends or now + timedelta(seconds=seconds),
            refresh_expires_at=now + REFRESH_TOKEN_LIFE,
            shop_ids=tuple(str(shop) for shop in shops if shop) or (shop_id,),
        )

    def _orders(self, ids: list[str]) -> dict[str, schema.Found]:
        try:
            return self._order_details(ids)
        except (RejectedError, UnexpectedResponseError, GarbledError) as error:
            if not _may_be_one_of_them(error):
                raise
            if len(ids) == 1:
                return {ids[0]: _about(ids[0], error)}
        middle = len(ids) // 2
        return self._orders(ids[:middle]) | self._orders(ids[middle:])

    def _order_details(self, ids: list[str]) -> dict[str, schema.Found]:
        answer = self._caller.get(
            "/api/v2/order/get_order_detail",
            order_sn_list=",".join(ids),
            response_optional_fields=OPTIONAL_FIELDS,
            request_order_status_pending="true",
        )
        rows = answer.data.get("order_list")
        rows = rows if isinstance(rows, list) else []
        named = [row for row in rows if isinstance(row, dict) and row.get("order_sn")]
        found: dict[str, schema.Found] = {str(row["order_sn"]): row for row in named}
        nameless = len(rows) > len(named)
        absent = [key for key in ids if key not in found]
        if nameless and len(absent) > 1:  # whose is it? ask for each alone
            for key in absent:
                found |= self._order_details([key])
        return {key: found.get(key) or _absent(key, nameless) for key in ids}

    def _breakdowns(self, ids: list[str]) -> dict[str, schema.Found]:
        if len(ids) > 1:
            for method in self._batch_methods:
                found = self._breakdown_batch(method, ids)
                if found is not None:
                    others = (m for m in self._batch_methods if m != method)
                    self._batch_methods = (method, *others)
                    return found | self._left_out(found)
        found = {key: self._breakdown(key) for key in ids}
        if len(ids) > 1 and not _errors(found):
            self._batch_methods = ()  # no fault of an order: the call does not exist
        return found

    def _breakdown_batch(
        self, method: str, ids: list[str]
    ) -> dict[str, schema.Found] | None:
        path = "/api/v2/payment/get_escrow_detail_batch"
        try:
            if method == "POST":
                answer = self._caller.post(path, {"order_sn_list": ids}, wrapped=False)
            else:
                answer = self._caller.get(
                    path, wrapped=False, order_sn_list=",".join(ids)
                )
            rows = [row.object("escrow_detail") for row in answer.objects("response")]
            found = {row.name("order_sn", 64): _told(row.data) for row in rows}
        except (RejectedError, UnexpectedResponseError, GarbledError) as error:
            if _is_no_right(error):
                raise
            return None
        return {key: found.get(key) or _no_income(key) for key in ids}

    def _left_out(self, found: Mapping[str, schema.Found]) -> dict[str, schema.Found]:
        """A few orders that a batch leaves out may be there when asked for alone."""
        missing = [key for key, row in found.items() if isinstance(row, ConnectorError)]
        alone: dict[str, schema.Found] = {}
        for key in missing if len(missing) <= ASKED_ALONE else ():
            try:
                alone[key] = self._breakdown(key)
            except (RejectedError, AuthenticationError) as error:
                if not _is_no_right(error):
                    raise
                # the batch went through: this is about one order
                alone[key] = RejectedError(f"order {key}: {error}")
        return alone

    def _breakdown(self, order_sn: str) -> schema.Found:
        path = "/api/v2/payment/get_escrow_detail"
        try:
            answer = self._caller.get(path, order_sn=order_sn)
            return _told(answer.data) or _no_income(order_sn)
        except (RejectedError, UnexpectedResponseError, GarbledError) as error:
            if _is_no_right(error):
                raise
            error.args = (f"order {order_sn}: {error}",)
            return error

    def _listings(self, ids: list[str]) -> tuple[schema.Listing, ...]:
        path = "/api/v2/product/get_item_base_info"
        answer = self._caller.get(path, item_id_list=",".join(ids))
        return tuple(
            listing
            for item in answer.objects("item_list")
            for listing in self._variants(item)
        )

    def _variants(self, item: Fields) -> list[schema.Listing]:
        if not item.flag("has_model"):
            return [mapping.parse_listing(item)]
        path = "/api/v2/product/get_model_list"
        answer = self._caller.get(path, item_id=item.name("item_id"))
        options = mapping.option_names(answer)
        return [
            mapping.parse_listing(item, row, mapping.variant_name(row, options))
            for row in answer.objects("model")
        ]


def _may_be_one_of_them(error: ConnectorError) -> bool:
    return not isinstance(error, RejectedError) or error.code in _ONE_OF_THEM


def _is_no_right(error: ConnectorError) -> bool:
    if isinstance(error, AuthenticationError):
        return "permission" in str(error).lower()
    return getattr(error, "code", "") in _NO_RIGHT


def _about(order_sn: str, error: ConnectorError) -> ConnectorError:
    if getattr(error, "code", "") in _NOT_FOUND:
        return _absent(order_sn)
    error.args = (f"order {order_sn}: {error}",)
    return error


def _absent(order_sn: str, nameless: bool = False) -> ConnectorError:
    if nameless:
        message = (
            f"order {order_sn}: the answer holds a detail without order_sn instead"
        )
        return UnexpectedResponseError(message)
    return schema.NotShownError(f"order {order_sn}: the shop does not show it (yet)")


def _told(breakdown: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The breakdown, unless its objects are there and empty (yet)."""
    parts = [breakdown.get(x, "-") for x in ("buyer_payment_info", "order_income")]
    return breakdown if any(parts) else None


def _no_income(order_sn: str) -> ConnectorError:
    message = f"order {order_sn}: the shop has no income breakdown for it (yet)"
    return RejectedError(message, code="error_not_found")


def _errors(found: Mapping[str, schema.Found]) -> bool:
    return any(isinstance(value, ConnectorError) for value in found.values())


def _chunks(ids: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _number(identifier: str) -> int | str:
    """Shopee's identifiers are JSON numbers; a wrong one is left to its own error."""
    return int(identifier) if identifier.isdigit() else identifier
