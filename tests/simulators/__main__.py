"""``python -m tests.simulators --port N``: serve every simulator on one port."""

import argparse
import signal
import sys

from .registry import build
from .server import Server


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.simulators", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free port")
    parser.add_argument("--seed", type=int, help="the same orders at every start")
    options = parser.parse_args()
    server = Server(build(options.seed), options.host, options.port)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sys.stdout.write(f"ready {server.url}\n")
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


if __name__ == "__main__":
    main()
