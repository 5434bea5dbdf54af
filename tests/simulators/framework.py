"""What every simulator shares: routing, faults, clock, webhooks, control, ledger."""

import json
import random
import threading
from collections import Counter, deque
from collections.abc import Callable
from typing import Any, ClassVar

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from .clock import Clock
from .faults import API_FAULTS, FaultBoard, spoil
from .webhooks import PUSH_FAULTS, Delivery, WebhookSender

CONTROL = "/_control"
PUSH_DEFAULTS: dict[str, Any] = {
    "callback_url": "",
    "push_retry_delays": [300, 1800, 10800],
    "retry_scale": 1.0,
    "push_timeout": 3.0,
    "push_empty_body": True,
}


class ControlError(Exception):
    """A control request that makes no sense; its text goes back to the caller."""


def json_response(payload: Any, status: int = 200) -> Response:
    """Compact JSON."""
    data = json.dumps(payload, separators=(",", ":"))
    return Response(data, status, mimetype="application/json")


class Simulator:
    """A WSGI application for one platform.

    A platform gives ``defaults`` (its settings), ``api_faults`` (its own spoilers
    beside the common ones), ``pages`` (paths for browsers, never spoiled),
    ``answer`` (the interface), ``sign_push``, ``page`` and ``ledger``, and adds its
    verbs to ``actions``.
    """

    defaults: ClassVar[dict[str, Any]] = {}
    api_faults: ClassVar[dict[str, Callable]] = {}
    pages: frozenset[str] = frozenset()

    def __init__(self, seed: int | None = None) -> None:
        self.lock = threading.RLock()
        self.clock = Clock()
        self.random = random.Random(seed)
        self.config = self._defaults()
        self.spoilers = {**API_FAULTS, **self.api_faults}
        self.faults = FaultBoard([*self.spoilers, *PUSH_FAULTS])
        self.pushes = WebhookSender(
            self.clock, self.faults, self._push_settings, self.sign_push
        )
        self.calls: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.recent: deque[dict[str, Any]] = deque(maxlen=500)
        self.actions: dict[str, Callable[[dict], Any]] = {
            "config": self.do_config,
            "faults": self.do_faults,
            "clear_faults": self.do_clear_faults,
            "reset": self.do_reset,
            "advance_clock": self.do_advance_clock,
            "resend": self.do_resend,
            "release_pushes": lambda params: {"released": self.pushes.release()},
        }

    # -- to be given by a platform --------------------------------------------------

    def answer(self, request: Request) -> Response:
        """Answer one call of the interface."""
        raise NotImplementedError

    def sign_push(self, url: str, body: bytes, forged: str) -> dict[str, str]:
        """Headers of one webhook; ``forged`` names how the signature is wrong."""
        raise NotImplementedError

    def page(self) -> str:
        """The HTML of the control page."""
        raise NotImplementedError

    def ledger(self) -> dict[str, Callable[[], Any]]:
        """What this platform adds to the ledger, by name."""
        raise NotImplementedError

    def forget(self, params: dict) -> None:
        """Drop the platform's own state, for ``reset``."""
        raise NotImplementedError

    def close(self) -> None:
        """Nothing is sent, and nothing happens, any more."""
        self.pushes.close()

    # -- requests -------------------------------------------------------------------

    def __call__(self, environ: dict, start_response: Callable) -> Any:
        request = Request(environ)
        if request.path.startswith(CONTROL):
            response = self.control(request)
        else:
            response = self.interface(request)
        return response(environ, start_response)

    def interface(self, request: Request) -> Response:
        """One call of the platform's interface, through the faults."""
        path = request.path
        self.calls[path] += 1
        wanted = () if path in self.pages else self.spoilers
        faults = self.faults.take(wanted, path)
        response = spoil(faults, self.spoilers, lambda: self._answer(request))
        self._remember(request, response, [fault.kind for fault in faults])
        return response

    def _answer(self, request: Request) -> Response:
        with self.lock:
            return self.answer(request)

    def _remember(self, request: Request, response: Response, faults: list) -> None:
        error = getattr(response, "api_error", "")
        if error:
            self.errors[f"{request.path} {error}"] += 1
        self.answered[f"{request.method} {request.path}"] += 1
        self.recent.append(
            {
                "at": self.clock.now(),
                "method": request.method,
                "path": request.path,
                "status": response.status_code,
                "error": error,
                "faults": faults,
            }
        )

    # -- control --------------------------------------------------------------------

    def control(self, request: Request) -> Response:
        """The control page, the ledger, and the actions of people and tests."""
        name = request.path[len(CONTROL) :].strip("/")
        if request.method == "POST":
            return self._act(name, request)
        if name == "":
            return Response(self.page(), mimetype="text/html")
        if name == "ledger":
            return json_response(self._ledger(request.args.get("part")))
        return json_response({"error": f"no such control page: {name}"}, 404)

    def _act(self, name: str, request: Request) -> Response:
        if name not in self.actions:
            known = sorted(self.actions)
            return json_response(
                {"error": f"unknown action {name}", "known": known}, 404
            )
        from_page = _from_page(request)
        try:
            params = _form(request) if from_page else _json(request)
            result = self.actions[name](params)
        except (ControlError, ValueError, TypeError) as error:
            return json_response({"error": str(error)}, 400)
        if from_page:
            return redirect(f"{request.environ['SCRIPT_NAME']}{CONTROL}", 303)
        return json_response(result)

    def _ledger(self, part: str | None) -> dict[str, Any]:
        parts: dict[str, Callable[[], Any]] = {
            "now": self.clock.now,
            "config": lambda: self.config,
            "faults": self.faults.listing,
            "calls": lambda: dict(self.calls),
            "errors": lambda: dict(self.errors),
            "answered": lambda: dict(self.answered),
            "recent_calls": lambda: list(self.recent),
            "pushes": lambda: [push.entry() for push in self.pushes.deliveries],
            "pushes_waiting": self.pushes.waiting,
            **self.ledger(),
        }
        wanted = [part] if part in parts else parts
        with self.lock:
            return {name: parts[name]() for name in wanted}

    # -- actions --------------------------------------------------------------------

    def do_config(self, params: dict) -> dict[str, Any]:
        """Change settings; answer all of them."""
        unknown = set(params) - set(self.config)
        if unknown:
            raise ControlError(f"unknown settings: {', '.join(sorted(unknown))}")
        with self.lock:
            self.config.update(params)
        return self.config

    def do_faults(self, params: dict) -> dict[str, Any]:
        """Add one fault (its fields), or several under ``add``; ``clear`` first."""
        if params.pop("clear", False):
            self.faults.clear()
        wanted = params.pop("add", [params] if params else [])
        numbers = [self.faults.add(**fault) for fault in wanted]
        return {"added": numbers, "faults": self.faults.listing()}

    def do_clear_faults(self, params: dict) -> dict[str, Any]:
        """Switch off one fault by number, or all."""
        self.faults.clear(params.get("number"))
        return {"faults": self.faults.listing()}

    def do_reset(self, params: dict) -> dict[str, Any]:
        """Back to the start. Links and tokens stay unless ``all`` is true."""
        with self.lock:
            callback = self.config["callback_url"]
            self.config = self._defaults()
            if not params.get("all"):
                self.config["callback_url"] = callback
            self.clock.offset = 0.0
            self.faults.clear(drop=True)
            self.pushes.clear()
            self.calls.clear()
            self.errors.clear()
            self.answered.clear()
            self.recent.clear()
            if "seed" in params:
                self.random.seed(params["seed"])
            self.forget(params)
        self.pushes.wait_idle()
        return {"reset": True}

    def do_advance_clock(self, params: dict) -> dict[str, Any]:
        """Move simulated time by ``seconds``: tokens age, webhooks are retried."""
        self.clock.advance(float(params["seconds"]))
        self.pushes.wake()
        return {"now": self.clock.now()}

    def do_resend(self, params: dict) -> dict[str, Any]:
        """Send a webhook of the ledger again, byte for byte."""
        delivery = self._delivery(int(params["push_id"]))
        return self.fire(delivery, params)

    def fire(self, delivery: Delivery, params: dict) -> dict[str, Any]:
        """Send now: ``copies`` at once, each answer reported."""
        answers = self.pushes.burst(delivery, int(params.get("copies", 1)))
        return {"push_id": delivery.number, "answers": answers}

    def _delivery(self, number: int) -> Delivery:
        for delivery in self.pushes.deliveries:
            if delivery.number == number:
                return delivery
        raise ControlError(f"no push {number}")

    # -- settings -------------------------------------------------------------------

    def _defaults(self) -> dict[str, Any]:
        return json.loads(json.dumps({**PUSH_DEFAULTS, **self.defaults}))

    def _push_settings(self) -> dict[str, Any]:
        return {
            "callback_url": self.config["callback_url"],
            "retry_delays": self.config["push_retry_delays"],
            "retry_scale": self.config["retry_scale"],
            "timeout": self.config["push_timeout"],
            "empty_body": self.config["push_empty_body"],
        }


def _json(request: Request) -> dict:
    params = json.loads(request.get_data() or b"{}")
    if not isinstance(params, dict):
        raise ControlError("an object is expected")
    return params


def _from_page(request: Request) -> bool:
    is_form = request.mimetype == "application/x-www-form-urlencoded"
    return is_form and not request.get_data().lstrip().startswith(b"{")


def _form(request: Request) -> dict:
    return {key: _value(text) for key, text in request.form.items() if text != ""}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
