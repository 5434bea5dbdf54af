"""What simulators of payment gateways share: agenda, webhooks by hand, page."""

import json
from typing import Any, ClassVar

from werkzeug.wrappers import Request, Response

from . import gateway_page
from .agenda import Agenda
from .framework import ControlError, Simulator
from .webhooks import Delivery


class GatewaySimulator(Simulator):
    """A gateway. Ledger parts: vas, payments, payouts, transactions, bank_transfers
    (lists of the rows that GatewayControl describes) and balance.
    """

    #: Where the simulator is mounted, for the links of its page.
    prefix: ClassVar[str]
    banks: ClassVar[tuple[str, ...]]
    title: ClassVar[str] = "Gateway"
    accent: ClassVar[str] = "#475569"
    #: Name of the setting that ``rotate_key`` changes.
    webhook_secret: ClassVar[str] = ""

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(seed)
        self.agenda = Agenda(self.clock, self.lock)
        self.actions |= {"send": self.do_send, "rotate_key": self.do_rotate_key}

    def interface(self, request: Request) -> Response:
        """What is due happens before anybody looks."""
        self.agenda.run_due()
        return super().interface(request)

    def control(self, request: Request) -> Response:
        """The same for judges and people."""
        self.agenda.run_due()
        return super().control(request)

    def do_advance_clock(self, params: dict) -> dict[str, Any]:
        """Move simulated time; what falls due happens before the answer."""
        answer = super().do_advance_clock(params)
        self.agenda.run_due()
        self.agenda.wake()
        return answer

    def do_reset(self, params: dict) -> dict[str, Any]:
        """Back to the start, with nothing planned."""
        self.agenda.clear()
        return super().do_reset(params)

    def close(self) -> None:
        """The agenda ends, too."""
        super().close()
        self.agenda.close()

    def do_rotate_key(self, params: dict) -> dict[str, Any]:
        """Change a secret of the settings: ``which``, by default that of webhooks."""
        which = params.get("which", self.webhook_secret)
        if which not in self.config:
            raise ControlError(f"no such secret: {which}")
        self.config[which] = str(params["new"])
        return {"rotated": which}

    def do_send(self, params: dict) -> dict[str, Any]:
        """Post any body now: ``event`` is an object or text, ``forged``, ``copies``."""
        event = params.get("event", {})
        body = event if isinstance(event, str) else json.dumps(event)
        delivery = self.pushes.new("by_hand", "", body.encode())
        return self.post_now(delivery, params)

    def post_now(self, delivery: Delivery, params: dict) -> dict[str, Any]:
        """Post a delivery at once; the answers of all its copies."""
        if not self.config["callback_url"]:
            raise ControlError("set callback_url first")
        delivery.forged = params.get("forged", "")
        return self.fire(delivery, params)

    def page(self) -> str:
        with self.lock:
            return gateway_page.render(self)
