"""All simulators under their prefixes, one line a provider."""

from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.wrappers import Request, Response

from .framework import Simulator, json_response
from .midtrans.app import MidtransSimulator
from .peer.app import PeerSimulator
from .shopee.app import ShopeeSimulator
from .xendit.app import XenditSimulator

SIMULATORS: dict[str, type[Simulator]] = {
    "midtrans": MidtransSimulator,
    "peer": PeerSimulator,
    "shopee": ShopeeSimulator,
    "xendit": XenditSimulator,
}


def build(seed: int | None = None) -> DispatcherMiddleware:
    """One WSGI application that serves ``/<name>/…`` for every simulator."""
    mounts = {f"/{name}": kind(seed) for name, kind in SIMULATORS.items()}
    return DispatcherMiddleware(_front, mounts)


@Request.application
def _front(request: Request) -> Response:
    if request.path == "/health":
        return json_response({"status": "ok", "simulators": sorted(SIMULATORS)})
    if request.path == "/favicon.ico":
        return Response(status=204)
    if request.path == "/":
        links = "".join(
            f'<li><a href="/{name}/_control">{name}</a></li>' for name in SIMULATORS
        )
        return Response(f"<h1>Simulators</h1><ul>{links}</ul>", mimetype="text/html")
    return Response("no such simulator", 404)
