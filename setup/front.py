"""A little front door: browsers talk to one port, Odoo listens on two.

With worker processes Odoo serves web sockets on a port of its own; in production a
reverse proxy sends them there. This does only that: it reads the head of the first
request of a connection and copies bytes from then on (a web socket is always the first
request of its connection).

    python -m setup.front PORT HTTP_PORT WEBSOCKET_PORT
"""

import asyncio
import contextlib
import sys

HEAD_LIMIT = 65536
CHUNK = 65536
HOST = "127.0.0.1"


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until the end, then close the other side."""
    with contextlib.suppress(ConnectionError):
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
    writer.close()


async def serve(http_port: int, websocket_port: int, *client: object) -> None:
    """Carry one connection of a browser."""
    reader, writer = client
    try:
        head = await reader.readuntil(b"\r\n")
        port = websocket_port if b" /websocket" in head else http_port
        odoo_reader, odoo_writer = await asyncio.open_connection(HOST, port)
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        writer.close()
        return
    odoo_writer.write(head)
    await asyncio.gather(copy(reader, odoo_writer), copy(odoo_reader, writer))


async def main(port: int, http_port: int, websocket_port: int) -> None:
    """Listen until told to stop."""

    async def connected(*client: object) -> None:
        await serve(http_port, websocket_port, *client)

    server = await asyncio.start_server(connected, HOST, port, limit=HEAD_LIMIT)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(*map(int, sys.argv[1:4])))
