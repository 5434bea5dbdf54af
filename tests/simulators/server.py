"""A fast threaded HTTP/1.1 server for WSGI applications.

Werkzeug's own server closes every connection after one answer; benchmarks with
thousands of calls need keep-alive, and a fault needs to cut the connection.
"""

import contextlib
import io
import socket
import socketserver
import struct
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

MAX_LINE = 65536
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class ConnectionCut(Exception):
    """Raised by an application to close the connection without an answer."""

    def __init__(self, reset: bool = False) -> None:
        super().__init__("reset" if reset else "closed")
        self.reset = reset


class Server(socketserver.ThreadingTCPServer):
    """Serves one WSGI application, a thread a connection."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024

    def __init__(self, app: Callable, host: str = "127.0.0.1", port: int = 0) -> None:
        self.app = app
        self.connections: set[socket.socket] = set()
        super().__init__((host, port), Connection)

    @property
    def url(self) -> str:
        """Base address without a trailing slash."""
        host, port = self.server_address[:2]
        return f"http://{host}:{port}"

    def server_close(self) -> None:
        """Close what clients keep open, too, so that no thread waits for them."""
        super().server_close()
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are no news; anything else is printed."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Connection(socketserver.StreamRequestHandler):
    """Answers requests on one connection until the client leaves."""

    disable_nagle_algorithm = True
    rbufsize = 65536

    def handle(self) -> None:
        self.server.connections.add(self.connection)
        try:
            while self._one():
                pass
        finally:
            self.server.connections.discard(self.connection)

    def _one(self) -> bool:
        line = self.rfile.readline(MAX_LINE)
        if not line.strip():
            return False
        method, target, version = line.decode("latin-1").split()
        headers = self._headers()
        body = self.rfile.read(int(headers.get("content-length") or 0))
        environ = self._environ(method, target, version, headers, body)
        keep = headers.get("connection", "").lower() != "close"
        keep = keep and version == "HTTP/1.1"
        try:
            answer = self._answer(environ, keep)
        except ConnectionCut as cut:
            self._cut(cut)
            return False
        self.connection.sendall(answer)
        return keep

    def _headers(self) -> dict[str, str]:
        headers = {}
        while (line := self.rfile.readline(MAX_LINE)) not in (b"\r\n", b"\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        if headers.get("expect", "").lower() == "100-continue":
            self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        return headers

    def _environ(
        self, method: str, target: str, version: str, headers: dict, body: bytes
    ) -> dict[str, Any]:
        path, _, query = target.partition("?")
        host, port = self.server.server_address[:2]
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": version,
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in headers.items():
            environ["HTTP_" + name.upper().replace("-", "_")] = value
        environ["CONTENT_TYPE"] = headers.get("content-type", "")
        environ["CONTENT_LENGTH"] = str(len(body))
        return environ

    def _answer(self, environ: dict[str, Any], keep: bool) -> bytes:
        status, headers, body = self._call(environ)
        lines = [f"HTTP/1.1 {status}"]
        lines += [
            f"{name}: {value}"
            for name, value in headers
            if name.lower() not in ("content-length", "connection")
        ]
        lines.append(f"Content-Length: {len(body)}")
        lines.append("Connection: keep-alive" if keep else "Connection: close")
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        return head if environ["REQUEST_METHOD"] == "HEAD" else head + body

    def _call(self, environ: dict[str, Any]) -> tuple[str, list, bytes]:
        started: list = []
        try:
            chunks = self.server.app(environ, lambda *head: started.append(head))
            body = b"".join(chunks)
        except ConnectionCut:
            raise
        except Exception:
            traceback.print_exc()
            return "500 Internal Server Error", [], b"simulator bug, see its log"
        return started[0][0], started[0][1], body

    def _cut(self, cut: ConnectionCut) -> None:
        if cut.reset:
            self.connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE
            )
            self.connection.close()
        else:
            self.connection.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def running(app: Callable, port: int = 0) -> Iterator[Server]:
    """Serve ``app`` in a thread of this process for the time of a ``with``."""
    server = Server(app, port=port)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        for simulator in getattr(app, "mounts", {}).values():
            simulator.close()
