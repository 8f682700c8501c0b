"""An application that tells its version, or is unwell if knobs.py says so."""

import json
import pathlib
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import knobs

CHECKS = ("database", "telegram", "reactive_worker", "proactive_scheduler")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        entries = {name: {"status": "ok"} for name in CHECKS}
        state = "ok" if knobs.HEALTHY else "down"
        answers = {
            "/health": {"status": state, "version": knobs.VERSION, "checks": entries},
            "/stats": {"uptime_seconds": 1, "token_budget": {"used": 1, "limit": 10}},
        }
        body = json.dumps(answers.get(self.path, {})).encode()
        self.send_response(200 if self.path in answers and knobs.HEALTHY else 503)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if knobs.DIES:
    sys.exit(1)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
server = ThreadingHTTPServer(("0.0.0.0", 8000), Handler)
pathlib.Path("/tmp/live").touch()
server.serve_forever()
