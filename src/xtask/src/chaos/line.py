"""A TCP line on loopback that can be slowed down and cut, between the programs and the database."""

import random
import socket
import threading
import time

PIECE = 64 * 1024


class Line:
    """Passes connections on to a port. `delay_s` holds every piece up, each way."""

    def __init__(self, port_behind):
        self.behind = ("127.0.0.1", port_behind)
        self.delay_s = 0.0
        self.down = False
        self.open = set()
        self.guard = threading.Lock()
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.door.accept()
            except OSError:
                return
            if self.down:
                near.close()
                continue
            try:
                far = socket.create_connection(self.behind, timeout=5)
                far.settimeout(None)
            except OSError:
                near.close()
                continue
            with self.guard:
                self.open |= {near, far}
            threading.Thread(target=self.carry, args=(near, far), daemon=True).start()
            threading.Thread(target=self.carry, args=(far, near), daemon=True).start()

    def carry(self, here, there):
        try:
            while piece := here.recv(PIECE):
                if self.delay_s:
                    time.sleep(self.delay_s * random.uniform(0.5, 1.5))
                there.sendall(piece)
        except OSError:
            pass
        self.hang_up(here, there)

    def hang_up(self, *sockets):
        with self.guard:
            self.open -= set(sockets)
        for one in sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()

    def cut(self):
        """Ends every connection, in the middle of whatever it carries."""
        with self.guard:
            now = list(self.open)
        self.hang_up(*now)
