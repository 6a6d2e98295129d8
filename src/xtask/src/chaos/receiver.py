"""A newsroom that is told by webhook: sometimes it fails, sometimes it takes a message and hangs up before it has answered. It knows repetitions by `webhook-id`."""

import json
import random
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.guard = threading.Lock()
        self.told = {}
        self.repeated = 0
        self.refused = set()
        receiver = self

        class Hook(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                status = receiver.take(self.headers["webhook-id"], json.loads(body))
                if status is None:
                    self.close_connection = True
                    self.connection.close()
                    return
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
        self.server.handle_error = lambda *_: None
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}/hook"

    def take(self, identifier, message):
        """The status to answer; none to hang up. A message is refused once at most: the second repetition would come five minutes later."""
        with self.guard:
            odd = self.random.random()
            if identifier not in self.refused and odd < 0.3:
                self.refused.add(identifier)
                if odd < 0.15:
                    return 503
                self.keep(identifier, message)
                return None
            self.keep(identifier, message)
            return 204

    def keep(self, identifier, message):
        self.repeated += identifier in self.told
        self.told[identifier] = message
