# SPDX-License-Identifier: Apache-2.0
"""Nothing that comes from a query, and no token, is left behind: not in what is said, measured, listed or dumped."""
import base64
import hashlib
import os
import signal
import subprocess
import sys

from evaluator_harness import Evaluators, Line, Question, Service, chance, exchange, is_error, random_bytes, run

TOKEN = "sK7qPz2nVw9dLx4mRt6yHb8cJf3gQa5e"


class Private(Evaluators):
    """A service that has seen good and bad requests, with as much logging as it can do."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        digest = hashlib.sha256(TOKEN.encode()).hexdigest()
        cls.arguments = ("--credentials", cls.write("credentials", f"phone {digest}\n"))
        cls.service = cls.start(*cls.arguments)
        cls.questions = [Question(cls.scalar, 3, random_bytes(16)) for _ in range(4)]
        cls.secrets = {}
        line = Line(cls.service.port, headers={"Authorization": "Bearer " + TOKEN})
        for number, question in enumerate(cls.questions):
            cls.ask(line, question, number)
        is_error(line.evaluate(cls.questions[0].body, Authorization="Bearer " + TOKEN[::-1]), 401, "unauthorized")
        cls.secrets["a wrong token"] = TOKEN[::-1].encode()
        cls.secrets["the token"] = TOKEN.encode()
        cls.secrets["the key"] = cls.scalar.to_bytes(32, "big")
        cls.text = cls.metrics(cls, cls.service)

    @classmethod
    def ask(cls, line, question, number):
        """The question, and many that are almost it."""
        answer = line.evaluate(question.body)
        question.check(answer.body)
        for i in range(0, len(answer.body) - 33, 33):
            cls.secrets[f"answer {number} at {20 + i}"] = answer.body[20 + i:53 + i]
        for i, element in enumerate(question.elements):
            cls.secrets[f"element {i} of {number}"] = element
        bad = b"\2" + b"\xff" * 4 + random_bytes(28)
        cls.secrets[f"bad element of {number}"] = bad
        body = question.body
        for wrong in (body[:-1], body + b"\0", b"\7" + body[1:], body[:20] + random_bytes(16) + body[36:],
                      body[:69] + bad + body[102:]):
            assert line.evaluate(wrong).status in (400, 409)
        path = base64.urlsafe_b64encode(random_bytes(18))
        cls.secrets[f"path {number}"] = path
        line.ask("GET", "/v1/" + path.decode())
        line.ask("GET", "/v1/sets/" + path.decode())

    def search(self, data, where):
        """Whole or in part, as bytes, in hexadecimal digits or in base64."""
        low = data.lower()
        for name, secret in self.secrets.items():
            for begin in range(0, len(secret) - 11, 7):
                piece = secret[begin:begin + 12]
                self.assertNotIn(piece, data, f"{name} in {where}")
                self.assertNotIn(piece.hex().encode(), low, f"{name} in {where}, in hexadecimal digits")
                self.assertNotIn(" ".join(f"{byte:02x}" for byte in piece).encode(), low, f"{name} in {where}")
                for skip in range(3): # base64 of it, wherever it begins
                    text = base64.b64encode(piece[skip:skip + 9])
                    self.assertNotIn(text, data, f"{name} in {where}, in base64")
                    self.assertNotIn(text.replace(b"+", b"-").replace(b"/", b"_"), data, f"{name} in {where}")

    def test_logs(self):
        with open(self.service.log, "rb") as file:
            self.search(file.read(), "the log")

    def test_metrics(self):
        self.search(self.text.encode(), "the metrics")
        for line in self.text.splitlines():
            self.assertNotIn("phone", line)

    def test_what_others_can_see(self):
        """Arguments and environment, which every user of the machine may list."""
        for name in ("cmdline", "environ"):
            with open(f"/proc/{self.service.process.pid}/{name}", "rb") as file:
                self.search(file.read(), name)

    def test_files(self):
        for folder, _, names in os.walk(self.path("")):
            for name in names:
                if name != "key":
                    with open(os.path.join(folder, name), "rb") as file:
                        self.search(file.read(), name)

    def test_the_search_finds(self):
        """What is planted is found, in every form."""
        secret = self.secrets["element 1 of 2"]
        for data in (secret, b"x" + secret.hex().encode(), b"y" + secret.hex().upper().encode(),
                     base64.b64encode(b"x" + secret), base64.urlsafe_b64encode(b"xy" + secret),
                     b"bad element " + secret[3:24].hex().encode()):
            with self.assertRaises(AssertionError):
                self.search(data, "a test")

    def test_no_core(self):
        limits = self.proc_file(self.service, "limits")
        self.assertRegex(limits, r"Max core file size +0 +0 ")
        if os.geteuid() != 0: # those of a process that cannot be dumped belong to root
            self.assertEqual(os.stat(f"/proc/{self.service.process.pid}/mem").st_uid, 0)

    def proc_file(self, service, name):
        with open(f"/proc/{service.process.pid}/{name}", encoding="ascii") as file:
            return file.read()

    def test_a_crash_leaves_no_core(self):
        os.mkdir(self.path("crash"))
        control = subprocess.Popen(["sleep", "60"], cwd=self.path("crash"), preexec_fn=Service._allow_cores)
        if not self.dumps(control):
            self.skipTest("nothing leaves a core on this machine")
        service = self.start(*self.arguments)
        Line(service.port, headers={"Authorization": "Bearer " + TOKEN}).evaluate(self.questions[0].body)
        self.assertFalse(self.dumps(service.process))
        service.process.returncode = -signal.SIGABRT

    @staticmethod
    def dumps(process):
        os.kill(process.pid, signal.SIGQUIT if process.args[0] == "sleep" else signal.SIGABRT)
        _, status = os.waitpid(process.pid, 0)
        process.returncode = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        return os.WIFSIGNALED(status) and os.WCOREDUMP(status)


class Alike(Evaluators):
    """What a request holds does not show in how it is answered."""

    def test_headers_and_sizes(self):
        service = self.start()
        line = Line(service.port)
        seen = set()
        for _ in range(20):
            question = Question(self.scalar, 2, random_bytes(16))
            answer = line.evaluate(question.body)
            question.check(answer.body)
            headers = tuple((name, value) for name, value in answer.headers.items() if name != "Date")
            seen.add((answer.status, len(answer.body), headers))
        self.assertEqual(len(seen), 1, seen)
        self.assertNotIn("Set-Cookie", answer.headers)

    def test_answers_are_not_to_be_kept(self):
        question = Question(self.scalar, 1)
        answer = Line(self.start().port).evaluate(question.body)
        self.assertIn("no-store", answer.headers.get("Cache-Control", ""))


if __name__ == "__main__":
    run(sys.modules[__name__])
