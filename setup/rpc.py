"""Talk to Odoo as its web client does."""

from typing import Any

import requests


class RpcError(Exception):
    """Odoo refused a call; the text is its traceback."""


class Session:
    """One logged-in user."""

    def __init__(self, url: str, database: str, login: str, password: str) -> None:
        self.url = url
        self.http = requests.Session()
        self.http.trust_env = False
        credentials = {"db": database, "login": login, "password": password}
        self.user = self.post("/web/session/authenticate", credentials)

    def post(self, path: str, params: dict[str, Any]) -> Any:
        """One JSON-RPC request."""
        body = {"jsonrpc": "2.0", "method": "call", "params": params}
        answer = self.http.post(self.url + path, json=body, timeout=120)
        answer.raise_for_status()
        content = answer.json()
        if "error" in content:
            data = content["error"].get("data", {})
            raise RpcError(data.get("debug") or content["error"]["message"])
        return content.get("result")

    def call(
        self,
        model: str,
        method: str,
        args: list | None = None,
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Call a method of a model."""
        params = {"model": model, "method": method, "args": args or []}
        path = f"/web/dataset/call_kw/{model}/{method}"
        return self.post(path, params | {"kwargs": kwargs or {}})
