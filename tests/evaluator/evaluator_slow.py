# SPDX-License-Identifier: Apache-2.0
"""Clients that take their time are cut off in time, and the others do not notice; there is a limit on connections."""
import os
import socket
import sys
import threading
import time

from evaluator_harness import OCTETS, Clients, Evaluators, Line, Question, is_error, metric, run, wait_until

TIMEOUT = 2
CONNECTIONS = 40
HEAD = f"POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Type: {OCTETS}\r\n"


class Drip(threading.Thread):
    """Sends a byte now and then, and notes when the connection ended and what came before."""

    def __init__(self, port, first, rest, pause=0.2):
        super().__init__(daemon=True)
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=0.001)
        self.first, self.rest, self.pause = first, rest, pause
        self.begin = time.monotonic()
        self.seconds = None
        self.came = b""
        self.start()

    def run(self):
        try:
            self.sock.sendall(self.first)
            for byte in self.rest:
                self.sock.settimeout(self.pause)
                try:
                    piece = self.sock.recv(65536)
                    self.came += piece
                    if not piece:
                        break
                except socket.timeout:
                    self.sock.sendall(bytes([byte]))
        except OSError:
            pass
        self.seconds = time.monotonic() - self.begin
        self.sock.close()


class Slow(Evaluators):
    """Limits small enough to be met in a test."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service = cls.start("--request-timeout", TIMEOUT, "--max-connections", CONNECTIONS)
        cls.good = [Question(cls.scalar, 2) for _ in range(4)]

    def drips(self):
        """Every kind of slowness: nothing at all, within the first line, the headers, and the body."""
        body = self.good[0].body
        whole = f"{HEAD}Content-Length: {len(body)}\r\n\r\n".encode()
        port = self.service.port
        slow = b"a" * 1000
        return [Drip(port, b"", b"POST /v1/evaluate" + slow), Drip(port, HEAD.encode(), b"X: " + slow),
                Drip(port, HEAD.encode() + b"".join(b"X%d: y\r\n" % i for i in range(20)), b"X: y\r\n" * 200),
                Drip(port, whole, body + slow), Drip(port, whole + body[:60], body[60:] + slow),
                Drip(port, b"", b"", pause=TIMEOUT * 3)]

    def test_slow_clients_are_cut_off(self):
        before = self.metrics(self.service)
        with Clients([self.service.port], self.good, threads=2, pause=0.01) as others:
            drips = [drip for _ in range(3) for drip in self.drips()]
            end = time.monotonic() + TIMEOUT * 4
            for drip in drips:
                drip.join(max(0, end - time.monotonic()))
            others.more(5)
        others.check()
        self.assertEqual(others.errors, [])
        for i, drip in enumerate(drips):
            if drip.rest:
                self.assertIsNotNone(drip.seconds, f"client {i} is still connected")
                self.assertLess(drip.seconds, TIMEOUT * 2 + 1.5, f"client {i}")
            self.assertNotIn(b" 200 ", drip.came)
            if drip.came:
                self.assertRegex(drip.came, rb"^HTTP/1\.[01] 4[0-9][0-9] ")
        wait_until(lambda: metric(self.metrics(self.service), "phash_cut_off_total") >=
                   metric(before, "phash_cut_off_total") + 5, "cut off connections are counted")

    def test_slow_readers(self):
        """Who does not take an answer does not keep the service from answering others."""
        big = Question(self.scalar, 1)
        body = big.body[:2] + (1024).to_bytes(2, "big") + big.body[4:36] + big.elements[0] * 1024
        request = f"{HEAD}Content-Length: {len(body)}\r\n\r\n".encode() + body
        greedy = socket.socket()
        greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        greedy.connect(("127.0.0.1", self.service.port))
        greedy.setblocking(False)
        try:
            for _ in range(50):
                greedy.send(request)
        except BlockingIOError:
            pass
        with Clients([self.service.port], self.good, threads=2) as others:
            others.more(20)
        others.check()
        greedy.close()

    def test_connections_beyond_the_limit(self):
        """They wait until those that say nothing are cut off."""
        folder = f"/proc/{self.service.process.pid}/fd"
        before = len(os.listdir(folder))
        idle = [socket.create_connection(("127.0.0.1", self.service.port)) for _ in range(CONNECTIONS * 2)]
        try:
            time.sleep(0.3)
            self.assertLessEqual(len(os.listdir(folder)), before + CONNECTIONS)
            begin = time.monotonic()
            self.good[1].check(Line(self.service.port).evaluate(self.good[1].body).body)
            self.assertLess(time.monotonic() - begin, 3 * TIMEOUT)
        finally:
            for sock in idle:
                sock.close()

    def test_too_many_requests_wait(self):
        """Overload is said, and is no verdict."""
        service = self.start("--threads", 1, "--queue", 1)
        big = Question(self.scalar, 1)
        body = big.body[:2] + (1024).to_bytes(2, "big") + big.body[4:36] + big.elements[0] * 1024
        answers = []

        def ask():
            answers.append(Line(service.port).evaluate(body))
        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        refused = [answer for answer in answers if answer.status != 200]
        self.assertGreaterEqual(len(refused), 1)
        self.assertLess(len(refused), 8)
        for answer in refused:
            is_error(answer, 503, "overloaded")
            self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
        self.good[2].check(Line(service.port).evaluate(self.good[2].body).body)


if __name__ == "__main__":
    run(sys.modules[__name__])
