"""The smallest application with /live, /health and /stats."""

import json
import signal
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

VERSION = "one"
LIVE = True
HEALTHY = True
CHECKS = ("database", "telegram", "reactive_worker", "proactive_scheduler")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        entries = {name: {"status": "ok"} for name in CHECKS}
        answers = {
            "/live": {"alive": LIVE},
            "/health": {"status": "ok" if HEALTHY else "down", "version": VERSION, "checks": entries},
            "/stats": {"uptime_seconds": 1, "token_budget": {"used": 1, "limit": 10}},
        }
        good = self.path in answers and (self.path != "/live" or LIVE) and (self.path != "/health" or HEALTHY)
        body = json.dumps(answers.get(self.path, {})).encode()
        self.send_response(200 if good else 503)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if sys.argv[1:] == ["live"]:
    urllib.request.urlopen("http://127.0.0.1:8000/live", timeout=30)
else:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
