# SPDX-License-Identifier: Apache-2.0
"""Every route and every error of phash-evaluator's interface."""
import hashlib
import os
import sys
import time

from evaluator_harness import (OCTETS, Evaluators, Line, Question, exchange, is_error, key_text, metric, p256, phash,
                               random_bytes, random_key, run)

TOKEN = "tok-5f1d2c3b4a59687786958493a2b1c0df"


def build_set(test, name, key, rows=40):
    """A small set, and its bytes."""
    lines = "".join(f"{random_bytes(32).hex()},90,entry {i}\n" for i in range(rows))
    phash("set", "build", "--quiet", "--key", key, "--name", "api", "--budget", "64", "--out", test.path(name),
          test.write("list.csv", lines))
    return test.read(name)


class Evaluate(Evaluators):
    """POST /v1/evaluate, with a current and a previous key."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.previous = random_key()
        cls.service = cls.start("--key", cls.write("previous", key_text(cls.previous)))
        cls.good = Question(cls.scalar, 2)
        cls.old = Question(cls.previous, 2)

    def setUp(self):
        self.line = Line(self.service.port)
        self.addCleanup(self.line.close)

    def test_answers(self):
        for question in (self.good, self.old, Question(self.scalar, 1), Question(self.scalar, 64)):
            answer = self.line.evaluate(question.body)
            self.assertEqual(answer.status, 200, answer.body)
            self.assertEqual(answer.headers["Content-Type"], OCTETS)
            self.assertEqual(int(answer.headers["Content-Length"]), len(answer.body))
            question.check(answer.body)

    def test_another_set_id_is_answered(self):
        question = Question(self.scalar, 1, random_bytes(16))
        question.check(self.line.evaluate(question.body).body)

    def test_the_most_tokens(self):
        element = self.good.elements[0]
        head = self.good.body[:2] + (1024).to_bytes(2, "big") + self.good.body[4:36]
        answer = self.line.evaluate(head + element * 1024)
        self.assertEqual((answer.status, len(answer.body)), (200, 20 + 33 * 1024 + 64))
        evaluated = p256.encode(self.good.evaluated[0])
        self.assertEqual(answer.body[20:-64], evaluated * 1024)
        head = self.good.body[:2] + (1025).to_bytes(2, "big") + self.good.body[4:36]
        answer = self.line.evaluate(head + element * 1025)
        self.assertIn(answer.status, (400, 413))
        error = is_error(answer, answer.status, "too_many_elements" if answer.status == 400 else "too_large")
        self.assertEqual(error.get("code", exchange.E_TOO_MANY), exchange.E_TOO_MANY)
        head = self.good.body[:2] + (1025).to_bytes(2, "big") + self.good.body[4:36]
        self.assertEqual(is_error(self.line.evaluate(head), 400, "too_many_elements")["code"], exchange.E_TOO_MANY)

    def test_malformed(self):
        good = self.good.body
        for bad in (b"", b"\0", good[:35], good[:-1], good + b"\0", good[:1] + b"\2" + good[2:],
                    good[:2] + b"\0\0" + good[4:36], good[:36]):
            error = is_error(self.line.evaluate(bad), 400, "malformed")
            self.assertEqual(error["code"], exchange.E_FORM)

    def test_unsupported_version(self):
        error = is_error(self.line.evaluate(b"\1" + self.good.body[1:]), 400, "unsupported_version")
        self.assertEqual(error["code"], exchange.E_VERSION)

    def test_bad_element(self):
        for bad in (bytes(33), b"\4" + self.good.elements[0][1:], b"\2" + b"\xff" * 32, b"\2" + bytes(31) + b"\1"):
            for body in (self.good.body[:36] + bad + self.good.elements[1], self.good.body[:69] + bad):
                error = is_error(self.line.evaluate(body), 400, "bad_element")
                self.assertEqual(error["code"], exchange.E_ELEMENT)

    def test_unknown_key(self):
        error = is_error(self.line.evaluate(self.good.body[:20] + bytes(16) + self.good.body[36:]), 409, "unknown_key")
        self.assertEqual(error["code"], exchange.E_KEY)
        self.assertEqual(error["keys"], [self.good.key_id.hex(), self.old.key_id.hex()])

    def test_headers_of_a_post(self):
        is_error(self.line.evaluate(self.good.body, Content_Type="text/plain"), 415, "unsupported_media_type")
        answer = self.line.evaluate(self.good.body, Content_Type="Application/Octet-Stream")
        self.assertEqual(answer.status, 200)
        head = (f"POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Type: {OCTETS}\r\n").encode()
        is_error(Line(self.service.port).raw(head + b"\r\n"), 411, "length_required")
        is_error(Line(self.service.port).raw(head + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 411,
                 "length_required")
        is_error(Line(self.service.port).raw(head + b"Content-Length: 100000000\r\n\r\n"), 413, "too_large")

    def test_methods_and_paths(self):
        for method, path, allowed in (("GET", "/v1/evaluate", "POST"), ("PUT", "/v1/evaluate", "POST"),
                                      ("POST", "/v1/key", "GET"), ("DELETE", "/metrics", "GET"),
                                      ("POST", "/livez", "GET"), ("POST", "/readyz", "GET")):
            answer = self.line.ask(method, path, b"" if method == "POST" else None)
            is_error(answer, 405, "method_not_allowed")
            self.assertIn(allowed, answer.headers["Allow"])
        for path in ("/", "/v1", "/v1/", "/v1/evaluate/", "/v1/keys", "/v1/sets/../key", "/%00", "//v1/key",
                     "/v1/key%00", "/livez%00a"):
            is_error(self.line.ask("GET", path), 404, "not_found")
        is_error(self.line.ask("POST", "/v1/nothing", self.good.body), 404, "not_found")

    def test_a_proxy_that_adds_a_query(self):
        self.assertIn(self.line.ask("GET", "/livez?probe=1").status, (200, 404))

    def test_key(self):
        answer = self.line.ask("GET", "/v1/key")
        self.assertEqual((answer.status, answer.headers["Content-Type"].split(";")[0]), (200, "application/json"))
        want = [{"id": question.key_id.hex(), "public_key": p256.encode(question.public).hex(), "state": state}
                for question, state in ((self.good, "current"), (self.old, "previous"))]
        self.assertEqual(answer.json(), {"keys": want})
        head = self.line.ask("HEAD", "/v1/key")
        self.assertEqual((head.status, head.body), (200, b""))
        self.assertEqual(head.headers["Content-Length"], str(len(answer.body)))

    def test_health(self):
        for path in ("/livez", "/readyz"):
            self.assertEqual(self.line.ask("GET", path).status, 200)
            self.assertEqual(self.line.ask("HEAD", path).status, 200)

    def test_metrics(self):
        names = ("phash_eval_points_total", "phash_bytes_in_total", "phash_bytes_out_total")
        before = self.metrics(self.service)
        self.line.evaluate(self.good.body)
        self.line.evaluate(self.good.body[:-1])
        after = self.metrics(self.service)
        points, come, gone = (metric(after, name) - metric(before, name) for name in names)
        self.assertEqual(points, 2)
        self.assertGreaterEqual(come, 2 * len(self.good.body) - 1)
        self.assertGreaterEqual(gone, 20 + 2 * 33 + 64)

        def sums(text, name):
            return sum(float(row.rsplit(" ", 1)[1]) for row in text.splitlines() if row.startswith(name + "{"))
        self.assertEqual(sums(after, "phash_eval_requests_total") - sums(before, "phash_eval_requests_total"), 2)
        self.assertEqual(sums(after, "phash_rejected_total") - sums(before, "phash_rejected_total"), 1)
        self.assertEqual(metric(after, "phash_eval_seconds_count") - metric(before, "phash_eval_seconds_count"), 1)
        buckets = [float(row.rsplit(" ", 1)[1]) for row in after.splitlines()
                   if row.startswith("phash_eval_seconds_bucket")]
        self.assertEqual(buckets, sorted(buckets))
        self.assertEqual(buckets[-1], metric(after, "phash_eval_seconds_count"))
        self.assertIn('le="+Inf"', after)
        types = [row.split()[2] for row in after.splitlines() if row.startswith("# TYPE ")]
        self.assertEqual(len(types), len(set(types)), "a type is said twice")
        self.assertTrue(self.line.ask("GET", "/metrics").headers["Content-Type"].startswith("text/plain"))

    def test_two_requests_in_one_write(self):
        """Pipelining: both are answered, in order."""
        request = (f"POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Type: {OCTETS}\r\nContent-Length: "
                   f"{len(self.good.body)}\r\n\r\n").encode() + self.good.body
        self.line.connection.connect()
        self.line.connection.sock.sendall(request + b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        data = b""
        while piece := self.line.connection.sock.recv(65536):
            data += piece
        self.assertEqual(data.count(b"HTTP/1.1 200"), 2)
        self.assertIn(self.good.begin, data)

    def test_expect_100(self):
        """curl asks before it sends a long body."""
        self.line.connection.connect()
        sock = self.line.connection.sock
        sock.sendall(f"POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Type: {OCTETS}\r\nExpect: 100-continue\r\n"
                     f"Content-Length: {len(self.good.body)}\r\n\r\n".encode())
        self.assertTrue(sock.recv(4096).startswith(b"HTTP/1.1 100 "))
        answer = self.line.raw(self.good.body)
        self.good.check(answer.body)


class Sets(Evaluators):
    """Downloads."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        os.mkdir(cls.path("sets"))
        cls.data = build_set(cls, "sets/api.phb", cls.key)
        with open(cls.path("sets/.hidden"), "wb") as file:
            file.write(b"not for the world")
        cls.write("outside.phb", "not for the world")
        cls.etag = f'"{hashlib.sha256(cls.data).hexdigest()}"'
        cls.service = cls.start("--sets", cls.path("sets"))

    def setUp(self):
        self.line = Line(self.service.port)
        self.addCleanup(self.line.close)

    def get(self, name="api.phb", method="GET", **headers):
        return self.line.ask(method, "/v1/sets/" + name, **headers)

    def test_listed(self):
        sets = self.line.ask("GET", "/v1/sets").json()["sets"]
        self.assertIn({"name": "api.phb", "size": len(self.data), "etag": self.etag, "sha256": self.etag[1:-1]}, sets)
        self.assertNotIn(".hidden", [entry["name"] for entry in sets])
        self.assertEqual(self.line.ask("GET", "/readyz").status, 200)
        text = self.metrics(self.service)
        self.assertRegex(text, r'(?m)^phash_set_entries(\{[^}]*\})? 40$')
        self.assertRegex(text, r'(?m)^phash_set_age_seconds(\{[^}]*\})? [0-9.e+]+$')

    def test_whole(self):
        answer = self.get()
        self.assertEqual((answer.status, answer.body == self.data), (200, True))
        self.assertEqual((answer.headers["ETag"], answer.headers["Accept-Ranges"]), (self.etag, "bytes"))
        head = self.get(method="HEAD")
        self.assertEqual((head.status, head.body, head.headers["Content-Length"], head.headers["ETag"]),
                         (200, b"", str(len(self.data)), self.etag))

    def test_ranges(self):
        size = len(self.data)
        for text, first, end in (("0-0", 0, 1), ("5-9", 5, 10), (f"{size - 1}-", size - 1, size), ("100-", 100, size),
                                 ("-7", size - 7, size), (f"10-{size + 99}", 10, size), (f"-{size + 5}", 0, size)):
            answer = self.get(Range="bytes=" + text)
            self.assertEqual((answer.status, answer.body == self.data[first:end]), (206, True), text)
            self.assertEqual(answer.headers["Content-Range"], f"bytes {first}-{end - 1}/{size}")
            self.assertEqual(answer.headers["ETag"], self.etag)
        for text in (f"{size}-", f"{size + 10}-{size + 20}", "-0"):
            answer = self.get(Range="bytes=" + text)
            self.assertEqual((answer.status, answer.headers["Content-Range"]), (416, f"bytes */{size}"), text)

    def test_ranges_that_mean_nothing(self):
        """RFC 9110, 14.2: what is not understood is passed over."""
        for text in ("bytes=9-5", "bytes=a-b", "lines=1-2", "bytes=", "bytes=1-2,4-5", "bytes=--5", "bytes=1-2x",
                     "bytes=99999999999999999999999999-"):
            answer = self.get(Range=text)
            self.assertIn(answer.status, (200, 416), text)
            if answer.status == 200:
                self.assertEqual(answer.body, self.data)

    def test_conditions(self):
        for text in (self.etag, f'"other", {self.etag}', "*", "W/" + self.etag):
            answer = self.get(If_None_Match=text)
            self.assertEqual((answer.status, answer.body, answer.headers["ETag"]), (304, b"", self.etag), text)
        self.assertEqual(self.get(If_None_Match='"other"').status, 200)
        self.assertEqual(self.get(Range="bytes=5-", If_Range=self.etag).status, 206)
        for text in ('"other"', "W/" + self.etag, "Mon, 23 Nov 2026 10:00:00 GMT"):
            answer = self.get(Range="bytes=5-", If_Range=text)
            self.assertEqual((answer.status, len(answer.body)), (200, len(self.data)), text)

    def test_names(self):
        for name in ("other.phb", ".hidden", "..%2Foutside.phb", "../outside.phb", "%2e%2e/outside.phb", "",
                     "api.phb/", "api.phb%00", "a" * 4000):
            answer = self.get(name)
            self.assertNotIn(b"not for the world", answer.body)
            self.assertIn(answer.status, (404, 414, 200 if name == "" else 404), name)

    def test_a_damaged_set_is_not_served(self):
        os.mkdir(self.path("damaged"))
        with open(self.path("damaged/bad.phb"), "wb") as file:
            file.write(self.data[:5000] + bytes([self.data[5000] ^ 1]) + self.data[5001:])
        service = self.start("--sets", self.path("damaged"), wait=False)
        self.assertEqual(service.wait(), 2, service.said())
        self.assertRegex(service.said(), r"bad\.phb: .*damaged")
        self.assertNotIn(": ready", service.said())


class Credentials(Evaluators):
    """Tokens, and what they may spend."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.good = Question(cls.scalar, 4)
        digest = hashlib.sha256(TOKEN.encode()).hexdigest()
        cls.service = cls.start("--credentials", cls.write("credentials", f"phone {digest}\n"),
                                "--limit", "4/hour", "--burst", "12", "--max-elements", "12")

    def test_who_may_ask(self):
        line = Line(self.service.port)
        for value in (None, "Bearer", "Bearer ", "Bearer x", "Bearer " + TOKEN[:-1], "Bearer " + TOKEN + "a", TOKEN,
                      "Basic " + TOKEN, "Bearer " + "a" * 5000):
            answer = line.evaluate(self.good.body, Authorization=value)
            if value is not None and len(value) > 4000 and answer.status == 431:
                continue
            is_error(answer, 401, "unauthorized")
            self.assertTrue(answer.headers["WWW-Authenticate"].startswith("Bearer"))
        self.assertNotIn(TOKEN, self.metrics(self.service) + self.service.said())

    def test_what_may_be_spent(self):
        line = Line(self.service.port, headers={"Authorization": "Bearer " + TOKEN})
        bad = self.good.body[:36] + bytes(33) + self.good.body[69:]
        for _ in range(5): # what is not evaluated is not charged
            is_error(line.evaluate(bad), 400, "bad_element")
        for _ in range(3):
            self.good.check(line.evaluate(self.good.body, Authorization="bearer " + TOKEN).body)
        answer = line.evaluate(self.good.body)
        is_error(answer, 429, "budget_spent")
        self.assertTrue(1 <= int(answer.headers["Retry-After"]) <= 3600, answer.headers["Retry-After"])
        time.sleep(0.1)
        is_error(line.evaluate(self.good.body), 429, "budget_spent")
        text = self.metrics(self.service)
        self.assertIn("phash_meter_", text)
        self.assertNotIn("phone", text)
        self.assertEqual(line.ask("GET", "/livez", Authorization=None).status, 200)


if __name__ == "__main__":
    run(sys.modules[__name__])
