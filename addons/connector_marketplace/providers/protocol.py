"""What every marketplace adapter can do; the words are in `schema.py`."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from .schema import (
    Found,
    Listing,
    LostPushes,
    Order,
    OrderPage,
    ShopInfo,
    Tokens,
    Told,
)


class MarketplaceClient(Protocol):
    """What every marketplace adapter can do for one linked shop.

    Every method that talks to the platform may raise any ConnectorError.
    """

    #: The widest window that `list_orders` accepts.
    max_window: timedelta
    #: The most orders that one request of `get_orders` may ask for.
    max_orders: int

    def authorization_url(self, state: str, redirect_uri: str) -> str:
        """Where the shop's owner agrees; the answer comes back to `redirect_uri`."""
        ...

    def exchange_code(self, code: str, shop_id: str) -> Tokens:
        """Turn the one-time code of the redirect into tokens."""
        ...

    def refresh(self, refresh_token: str) -> Tokens:
        """A new pair; the given token is dead afterwards: store before use."""
        ...

    def shop_info(self) -> ShopInfo:
        """The shop itself; cheap, serves to test the connection."""
        ...

    def list_orders(
        self,
        updated_from: datetime,
        updated_to: datetime,
        cursor: str = "",
        page_size: int = 100,
    ) -> OrderPage:
        """Orders changed in a window of at most `max_window`, one page."""
        ...

    def get_orders(self, ids: Sequence[str]) -> dict[str, Found]:
        """The raw detail of every asked order, or the error that stands for it.

        One order the platform chokes on does not take its neighbours along.
        """
        ...

    def get_breakdowns(self, ids: Sequence[str]) -> dict[str, Found]:
        """The raw money breakdown of every asked order, or the error; paid ones.

        RejectedError with the code NO_RIGHT where the app may not read it.
        """
        ...

    def parse_order(
        self, raw: Mapping[str, Any], breakdown: Mapping[str, Any] | None = None
    ) -> Order:
        """Read a raw detail; UnexpectedResponseError names order and field."""
        ...

    def detail_dedup_key(self, raw: Mapping[str, Any]) -> str:
        """Key of the fact a raw detail tells: that of the webhook telling it too.

        Never raises: what is broken in a detail is `parse_order`'s to say.
        """
        ...

    def told(self, body: str) -> Told | None:
        """What the webhook `body` says of its order; None when it is no webhook's."""
        ...

    def list_listings(self, page_size: int = 50) -> Iterator[tuple[Listing, ...]]:
        """All articles of the shop, a page at a time."""
        ...

    def lost_pushes(self) -> LostPushes:
        """The oldest webhooks that were not delivered."""
        ...

    def confirm_lost_pushes(self, last_id: str) -> None:
        """Forget the lost webhooks up to `last_id`."""
        ...
