"""Authorization page, codes, and rotating tokens."""

import secrets
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from .envelope import ApiError, Call, Endpoint
from .signature import same, sign_call

DAYS = (7, 30, 90, 180, 365)
SHOP_NAMES = ("Toko Nusantara", "Toko Bahari", "Toko Rimba")


@dataclass
class Shop:
    """A seller and its permission for the application."""

    shop_id: int
    name: str
    auth_time: int = 0
    expire_time: int = 0

    def linked(self, now: float) -> bool:
        return self.auth_time > 0 and now < self.expire_time


@dataclass
class Refresh:
    """A refresh token: single use."""

    shop_id: int
    expires: float
    spent: bool = False
    successor: dict[str, Any] | None = None


@dataclass
class Vault:
    """Codes and tokens that were handed out."""

    codes: dict[str, tuple[int, float]] = field(default_factory=dict)
    access: dict[str, tuple[int, float]] = field(default_factory=dict)
    refresh: dict[str, Refresh] = field(default_factory=dict)
    issued: list[dict[str, Any]] = field(default_factory=list)


def authorize(sim: Any, shop_id: int, days: int | None = None) -> str:
    """The seller agrees: a one-time code."""
    now = sim.clock.now()
    shop = sim.shop(shop_id)
    shop.auth_time = int(now)
    shop.expire_time = int(now + (days or sim.config["auth_days"]) * 86400)
    code = secrets.token_hex(16)
    sim.vault.codes[code] = (shop_id, now + sim.config["code_life"])
    return code


def issue(sim: Any, shop_id: int, reason: str) -> dict[str, Any]:
    """A new pair; older refresh tokens die, older access tokens get a grace."""
    now, config, vault = sim.clock.now(), sim.config, sim.vault
    limit = now + config["access_grace"]
    for token, (owner, expires) in list(vault.access.items()):
        if expires <= now:
            del vault.access[token]
        elif owner == shop_id:
            vault.access[token] = (owner, min(expires, limit))
    for refresh in vault.refresh.values():
        refresh.spent = refresh.spent or refresh.shop_id == shop_id
    pair = {
        "access_token": secrets.token_hex(16),
        "refresh_token": secrets.token_hex(16),
    }
    vault.access[pair["access_token"]] = (shop_id, now + config["access_life"])
    vault.refresh[pair["refresh_token"]] = Refresh(
        shop_id, now + config["refresh_life"]
    )
    vault.issued.append({"at": now, "shop_id": shop_id, "reason": reason, **pair})
    absolute = int(now) if config["expire_in_epoch"] else 0
    return {**pair, "expire_in": absolute + int(config["access_life"])}


def check_token(sim: Any, token: str, shop_id: int) -> None:
    """ApiError unless the token opens this shop now."""
    now = sim.clock.now()
    owner, expires = sim.vault.access.get(token, (0, 0))
    linked = owner == shop_id and sim.shops[shop_id].linked(now)
    if not linked or expires <= now:
        raise ApiError(sim.config["token_error_code"], "Invalid access_token.")


def revoke(sim: Any, shop_id: int) -> None:
    """The seller withdraws the permission: nothing works any more."""
    sim.shop(shop_id).auth_time = 0
    vault = sim.vault
    vault.access = {t: v for t, v in vault.access.items() if v[0] != shop_id}


def expire_access(sim: Any, shop_id: int) -> None:
    """Access tokens of the shop run out now; refresh tokens stay good."""
    vault = sim.vault
    vault.access = {t: v for t, v in vault.access.items() if v[0] != shop_id}


def expire_refresh(sim: Any, shop_id: int) -> None:
    """Refresh tokens of the shop run out now."""
    for refresh in sim.vault.refresh.values():
        if refresh.shop_id == shop_id:
            refresh.expires = 0


# -- token interface ------------------------------------------------------------------


def get_token(sim: Any, call: Call) -> dict[str, Any]:
    """v2.public.get_access_token."""
    _check_partner(sim, call)
    shop_id, expires = sim.vault.codes.get(str(call.body.get("code")), (0, 0))
    if not shop_id or expires <= sim.clock.now():
        raise ApiError("invalid_code", "Invalid code.")
    if call.number("shop_id") != shop_id:
        raise ApiError("invalid_shop_id", "Invalid shop_id.")
    del sim.vault.codes[call.body["code"]]
    pair = issue(sim, shop_id, "code")
    return {
        **pair,
        "shop_id_list": [shop_id],
        "merchant_id_list": [],
        "supplier_id_list": [],
        "user_id_list": [],
    }


def refresh_token(sim: Any, call: Call) -> dict[str, Any]:
    """v2.public.refresh_access_token."""
    _check_partner(sim, call)
    shop_id = call.number("shop_id")
    owners = {"partner_id": sim.config["partner_id"], "shop_id": shop_id}
    old = sim.vault.refresh.get(str(call.body.get("refresh_token")))
    if old and old.shop_id != shop_id:
        raise ApiError("error_shop_refresh_token", "Invalid refresh_token or shop_id.")
    if old and old.spent and old.successor and sim.config["refresh_reuse_same_pair"]:
        return {**owners, **old.successor}
    _check_refresh(sim, old, shop_id)
    pair = issue(sim, shop_id, "refresh")
    old.successor = pair
    return {**owners, **pair}


def _check_refresh(sim: Any, old: Refresh | None, shop_id: int) -> None:
    now = sim.clock.now()
    if old is None or old.spent:
        raise ApiError("error_auth", "Invalid refresh_token.")
    shop = sim.shops[shop_id]
    if not shop.auth_time:
        raise ApiError("shop_no_linked", "The shop is not linked to the partner.")
    if not shop.linked(now):
        raise ApiError("shop_access_expired", "The shop authorization has expired.")
    if old.expires <= now:
        raise ApiError("refresh_token_expired", "The refresh_token has expired.")


def _check_partner(sim: Any, call: Call) -> None:
    if call.number("partner_id") != sim.config["partner_id"]:
        raise ApiError("error_param", "Invalid partner_id.")


def shop_info(sim: Any, call: Call) -> dict[str, Any]:
    """v2.shop.get_shop_info."""
    shop = sim.shops[call.shop_id]
    return {
        "shop_name": shop.name,
        "region": "ID",
        "status": "NORMAL",
        "sip_affi_shops": [],
        "is_cb": False,
        "auth_time": shop.auth_time,
        "expire_time": shop.expire_time,
        "is_sip": False,
        "is_upgraded_cbsc": False,
        "merchant_id": None,
        "shop_fulfillment_flag": "Others",
        "is_main_shop": False,
        "is_direct_shop": False,
        "linked_main_shop_id": 0,
        "linked_direct_shop_list": [],
        "is_one_awb": False,
        "is_mart_shop": False,
        "is_outlet_shop": False,
    }


ROUTES = {
    ("POST", "/api/v2/auth/token/get"): Endpoint(get_token, "public", False),
    ("POST", "/api/v2/auth/access_token/get"): Endpoint(refresh_token, "public", False),
    ("GET", "/api/v2/shop/get_shop_info"): Endpoint(shop_info, "shop", False),
}

# -- pages for the seller -------------------------------------------------------------

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Authorize</title>
<style>body{{font:16px system-ui,sans-serif;background:#f6f6f6;color:#222}}
main{{max-width:26rem;margin:12vh auto;background:#fff;padding:2rem;border-radius:12px;
box-shadow:0 1px 8px #0002}}h1{{font-size:1.3rem;margin-top:0}}label{{display:block;
margin:1rem 0}}select{{font:inherit;float:right}}button{{font:inherit;width:100%;
padding:.7rem;border:0;border-radius:8px;background:#ee4d2d;color:#fff;
cursor:pointer}}small{{color:#777}}</style><main><h1>{title}</h1>
<p>{text}</p><form method="post"><label>Shop <select name="shop_id">{shops}</select>
</label><label>Valid for <select name="days">{days}</select></label>
<button id="confirm">{button}</button></form>
<p><small>Simulated shop: no real account is involved.</small></p></main></html>"""


def page(sim: Any, request: Request) -> Response:
    """``/auth`` (unsigned) and ``auth_partner`` (signed), with their cancel twins."""
    target = request.args.get("redirect_uri") or request.args.get("redirect")
    if not target or urlsplit(target).scheme not in ("http", "https"):
        raise ApiError("error_param", "Invalid redirect.")
    _check_link(sim, request)
    cancel = "cancel_auth" in request.path
    if request.method == "POST" or _auto(sim, request):
        return _agree(sim, request, target, cancel)
    return Response(_page(sim, cancel), mimetype="text/html")


def _auto(sim: Any, request: Request) -> bool:
    return bool(request.args.get("auto") or sim.config["auto_authorize"])


def _check_link(sim: Any, request: Request) -> None:
    args, config = request.args, sim.config
    if args.get("partner_id") != str(config["partner_id"]):
        raise ApiError("error_param", "Invalid partner_id.")
    if request.path.startswith("/api/"):
        sim.check_time(args.get("timestamp", ""))
        wanted = sign_call(
            config["partner_key"], args["partner_id"], request.path, args["timestamp"]
        )
        if not same(wanted, args.get("sign", "")):
            raise ApiError("error_sign", "Wrong sign.")


def _agree(sim: Any, request: Request, target: str, cancel: bool) -> Response:
    form = request.form if request.method == "POST" else request.args
    shop_id = int(form.get("shop_id") or sim.config["shop_id"])
    answer: dict[str, Any] = {"shop_id": shop_id}
    if cancel:
        revoke(sim, shop_id)
    else:
        answer["code"] = authorize(sim, shop_id, int(form.get("days") or 0))
    if "state" in request.args:
        answer["state"] = request.args["state"]
    return redirect(_with_query(target, answer), 302)


def _with_query(url: str, more: dict[str, Any]) -> str:
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(more))))
    return urlunsplit(parts._replace(query=query))


def _page(sim: Any, cancel: bool) -> str:
    shops = "".join(
        f'<option value="{shop.shop_id}">{escape(shop.name)} ({shop.shop_id})</option>'
        for shop in sim.shops.values()
    )
    days = "".join(
        f'<option value="{n}"{" selected" if n == 365 else ""}>{n} days</option>'
        for n in DAYS
    )
    verb = "Cancel the authorization" if cancel else "Authorize"
    return PAGE.format(
        title=f"{verb} · Shopee simulator",
        text=f"Application {sim.config['partner_id']} asks for access to your shop.",
        shops=shops,
        days=days,
        button=verb,
    )


PAGES = (
    "/auth",
    "/cancel_auth",
    "/api/v2/shop/auth_partner",
    "/api/v2/shop/cancel_auth_partner",
)
