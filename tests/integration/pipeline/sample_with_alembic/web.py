"""A web service as many are: /health says up and no more."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import sqlalchemy

ENGINE = sqlalchemy.create_engine(os.environ["DATABASE_URL"])


def titles():
    with ENGINE.connect() as connection:
        return list(connection.execute(sqlalchemy.text("SELECT title FROM notes")).scalars())


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        answers = {"/health": lambda: {"status": "up"}, "/notes": lambda: {"titles": titles()}}
        found = answers.get(self.path)
        body = json.dumps(found() if found else {"detail": "Not Found"}).encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
