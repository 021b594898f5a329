# SPDX-License-Identifier: Apache-2.0
"""10,000 malformed requests over kept connections: each is refused, and the service is as good as before."""
import json
import os
import socket
import sys

from evaluator_harness import (OCTETS, Evaluators, Line, Question, chance, exchange, p256, random_bytes, run,
                               wait_until)

TIMES = 10000
STATUS = {exchange.E_FORM: {400}, exchange.E_VERSION: {400}, exchange.E_KEY: {409}, exchange.E_TOO_MANY: {400},
          exchange.E_ELEMENT: {400}}


def bad_elements():
    """Those of the vectors, and some that are always there."""
    bad = [bytes(33), b"\1" + bytes(32), b"\4" + bytes(32), b"\2" + b"\xff" * 32, b"\2" + bytes(31) + b"\1",
           b"\2" + p256.P.to_bytes(32, "big"), b"\3" + (p256.P + 5).to_bytes(32, "big"),
           bytes([0x82]) + p256.encode(p256.G)[1:], b"\5" + p256.encode(p256.G)[1:]]
    path = os.path.join(os.environ.get("PHASH_TEST_DATA", ""), "oprf", "p256_decode_cases.json")
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            cases = json.load(file)["element"]
        bad += [bytes.fromhex(case["hex"]) for case in cases if not case["accept"]]
    return bad


def post(body, length=None, headers=""):
    length = len(body) if length is None else length
    return (f"POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Type: {OCTETS}\r\n{headers}"
            f"Content-Length: {length}\r\n\r\n").encode() + body


class Malformed(Evaluators):
    """One service; connections are kept as long as it keeps them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service = cls.start("--sets", cls.write_sets())
        cls.good = [Question(cls.scalar, tokens) for tokens in (1, 2, 3)]
        cls.bad = bad_elements()
        cls.answered = 0

    @classmethod
    def write_sets(cls):
        os.mkdir(cls.path("sets"))
        return cls.path("sets")

    # Bodies. Each gives bytes; what the service has to say to them is in refusal().

    def cut(self):
        body = chance.choice(self.good).body
        return body[:chance.randrange(len(body))]

    def longer(self):
        return chance.choice(self.good).body + random_bytes(chance.choice((1, 33, 34, 400)))

    def field(self):
        """A version, a type, a count or a key id that is another."""
        body = bytearray(chance.choice(self.good).body)
        where = chance.choice((0, 1, 2, 3, chance.randrange(20, 36)))
        body[where] ^= 1 << chance.randrange(8)
        return bytes(body)

    def element(self):
        question = chance.choice(self.good)
        bad = (chance.choice(self.bad) + bytes(33))[:33] # those of other lengths are cut or filled up
        at = 36 + 33 * chance.randrange(len(question.points))
        return question.body[:at] + bad + question.body[at + 33:]

    def shifted(self):
        """Elements of other lengths: all behind them is at the wrong place."""
        question = chance.choice(self.good)
        at = 36 + 33 * chance.randrange(len(question.points))
        return question.body[:at] + chance.choice(self.bad) + question.body[at + 33:]

    def noise(self):
        return random_bytes(chance.choice((0, 1, 35, 36, 69, 102, 103, 1000)))

    def noise_behind_a_head(self):
        count = chance.choice((1, 2, 10))
        return self.good[0].body[:2] + count.to_bytes(2, "big") + self.good[0].body[4:36] + random_bytes(33 * count)

    def refusal(self, body):
        """The protocol's code, or 0 for a valid request."""
        if body and body[0] != exchange.VERSION:
            return exchange.E_VERSION
        if len(body) < 36 or body[1] != exchange.REQUEST:
            return exchange.E_FORM
        if body[20:36] != self.good[0].key_id:
            return exchange.E_KEY
        count = int.from_bytes(body[2:4], "big")
        if count > 1024:
            return exchange.E_TOO_MANY
        if count == 0 or len(body) != 36 + 33 * count:
            return exchange.E_FORM
        try:
            exchange.elements(body[36:])
        except p256.Invalid:
            return exchange.E_ELEMENT
        return 0

    def check(self, body, answer):
        code = self.refusal(body)
        self.assertIsNotNone(answer, body.hex())
        if code == 0:
            self.assertEqual(answer.status, 200, body.hex())
            if self.answered < 20: # Python takes its time
                self.check_valid(body, answer.body)
            self.answered += 1
            return
        self.assertIn(answer.status, STATUS[code], body.hex())
        error = answer.json()
        self.assertEqual(error.get("code"), code, (error, body.hex()))

    def check_valid(self, body, response):
        """Chance can make a valid request, and that has one valid answer."""
        points = exchange.elements(body[36:])
        evaluated = exchange.elements(response[20:-64])
        self.assertEqual(response[:20], bytes([0, exchange.RESPONSE]) + body[2:4] + self.good[0].key_id)
        p256.verify(self.good[0].public, points, evaluated, response[-64:])

    def test_bodies(self):
        lines = [Line(self.service.port) for _ in range(4)]
        makers = (self.cut, self.longer, self.field, self.element, self.element, self.shifted, self.noise,
                  self.noise_behind_a_head)
        for turn in range(TIMES):
            body = chance.choice(makers)()
            self.check(body, lines[turn % 4].raw(post(body)))
            if turn % 1000 == 0:
                question = chance.choice(self.good)
                question.check(lines[turn % 4].raw(post(question.body)).body)
        for line in lines:
            line.close()

    def broken_http(self):
        """Bytes that are no request, or not one that may be answered with an evaluation."""
        body = self.good[0].body
        big = b"A" * chance.choice((100, 5000, 100000))
        return chance.choice((
            random_bytes(chance.randrange(1, 300)) + b"\r\n\r\n",
            b"POST /v1/evaluate\r\n\r\n",
            b"POST /v1/evaluate HTTP/9.9\r\nHost: x\r\n\r\n",
            b"POST /v1/eval\0uate HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
            b"GET /" + big + b" HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET /livez" + big + b" HTTP/1.1\r\nHost: x\r\n\r\n",
            big + b" / HTTP/1.1\r\nHost: x\r\n\r\n",
            b"POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nX: " + big + b"\r\n\r\n",
            b"POST /v1/evaluate HTTP/1.1\r\n" + b"".join(b"X%d: y\r\n" % i for i in range(len(big) // 20)) + b"\r\n",
            post(body, length=-5), post(body, length="0x45"), post(body, length="9" * 30), post(body, length=" "),
            post(body, length=2**63), post(body, length=2**64 + len(body)), post(body, length="+69,"),
            post(body, headers="Content-Length: 3\r\n"), post(body, headers="Transfer-Encoding: chunked\r\n"),
            post(body, headers="Transfer-Encoding: gzip, chunked\r\n").replace(b"Content-Length", b"X"),
            b"POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
            b"POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
            b"GET /v1/sets/%zz HTTP/1.1\r\nHost: x\r\nRange: bytes=0-0,\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + random_bytes(200),
        ))

    def test_broken_http(self):
        for _ in range(600):
            line = Line(self.service.port, seconds=5)
            data = self.broken_http()
            line.connection.connect()
            line.connection.sock.settimeout(5)
            if chance.random() < 0.5:
                data = data[:chance.randrange(len(data)) + 1]
            self.broken(line, data)
            line.close()
        self.good[1].check(Line(self.service.port).evaluate(self.good[1].body).body)

    def broken(self, line, data):
        """No evaluation may come of it."""
        sock = line.connection.sock
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR) # nothing more comes
            came = b""
            while piece := sock.recv(65536):
                came += piece
        except socket.timeout as error:
            raise AssertionError(f"no answer, and not closed either: {data[:200]}") from error
        except OSError:
            return # closed before all was sent
        self.assertNotIn(OCTETS.encode(), came, (data[:200], came[:200]))
        if came:
            self.assertRegex(came, rb"^HTTP/1\.[01] [2345]")

    def test_leaves_nothing_open(self):
        folder = f"/proc/{self.service.process.pid}/fd"
        before = len(os.listdir(folder))
        for _ in range(200):
            line = Line(self.service.port)
            line.connection.connect()
            line.connection.sock.sendall(post(self.good[0].body)[:chance.randrange(1, 200)])
            line.close()
        self.good[2].check(Line(self.service.port).evaluate(self.good[2].body).body)
        wait_until(lambda: len(os.listdir(folder)) <= before + 5, "the service closes what clients closed")


if __name__ == "__main__":
    run(sys.modules[__name__])
