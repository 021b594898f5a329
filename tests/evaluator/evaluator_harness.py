# SPDX-License-Identifier: Apache-2.0
"""Starts phash-evaluator, asks it, and knows what it has to answer: the other side is that of tests/interop."""
import contextlib
import http.client
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.environ["PHASH_SOURCE_DIR"], "tests", "interop"))
import exchange
import p256
from interop_support import BUILD, Folder, chance, key_text, phash, random_bytes, random_key, run

PROGRAM = os.path.join(BUILD, "bin", "phash-evaluator")
OCTETS = "application/octet-stream"
REPORTS = re.compile(r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:|Assertion .* failed")

__all__ = ["Answer", "BUILD", "Clients", "Evaluators", "Folder", "Line", "OCTETS", "PROGRAM", "Question", "Service",
           "chance", "exchange", "is_error", "key_text", "metric", "p256", "phash", "random_bytes", "random_key", "run",
           "wait_until"]


def wait_until(condition, what, seconds=10):
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} seconds: {what}")
        time.sleep(0.01)


class Service:
    """One phash-evaluator on a free port of this machine. It listens, and is ready unless told not to wait."""

    def __init__(self, log, *arguments, listen="127.0.0.1:0", wait=True):
        self.log = log
        limit = () if "--limit" in arguments else ("--limit", "none")
        self.command = [PROGRAM, "--listen", listen, *limit, *map(str, arguments)]
        # pylint: disable=consider-using-with
        with open(log, "ab") as file:
            self.begin = file.tell()
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=file,
                                            stderr=subprocess.STDOUT, preexec_fn=self._allow_cores)
        self.port = None
        if wait:
            wait_until(self._ready, "phash-evaluator is ready")

    @staticmethod
    def _allow_cores():
        """As far as this user may; the service itself has to forbid them."""
        _, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

    def _ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"{' '.join(self.command)} ended with {self.process.returncode}: {self.said()}")
        found = re.search(r"listening on 127\.0\.0\.1:([0-9]+)\n(.*\n)*.*: ready\n", self.said())
        if found:
            self.port = int(found[1])
        return found is not None

    def said(self):
        """What it wrote since it was started."""
        with open(self.log, "rb") as file:
            file.seek(self.begin)
            return file.read().decode("utf-8", "replace")

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=20):
        return self.process.wait(seconds)

    def stop(self):
        """Ask it to end; it has to end well."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        status = self.wait()
        said = self.said()
        assert status == 0, f"phash-evaluator ended with {status}: {said[-2000:]}"
        assert not REPORTS.search(said), said[-4000:]

    def kill(self):
        self.process.kill()
        self.process.wait()


class Answer:
    """What came back."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


class Line:
    """A connection that is kept; with TLS when there is a context for it."""

    def __init__(self, port, seconds=20, headers=None, context=None):
        if context is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
        else:
            self.connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=seconds, context=context)
        self.headers = headers or {}

    def ask(self, method, path, body=None, **headers):
        """One exchange. Headers with None are not sent; underlines in names stand for hyphens."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if method == "POST" and "Content-Type" not in given:
            given["Content-Type"] = OCTETS
        given = {name: value for name, value in {**self.headers, **given}.items() if value is not None}
        self.connection.request(method, path, body, given)
        response = self.connection.getresponse()
        return Answer(response.status, response.headers, response.read())

    def evaluate(self, body, **headers):
        return self.ask("POST", "/v1/evaluate", body, **headers)

    def raw(self, data, method="POST"):
        """Bytes as they are, and the answer to them; None when there is none but the end of the connection."""
        if self.connection.sock is None:
            self.connection.connect()
        sock = self.connection.sock
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            sock.sendall(data)
        response = http.client.HTTPResponse(sock, method=method)
        try:
            response.begin()
            answer = Answer(response.status, response.headers, response.read())
            if response.will_close:
                self.close()
            return answer
        except (http.client.HTTPException, ConnectionError):
            self.close()
            return None

    def close(self):
        self.connection.close()

    def __del__(self):
        self.close() # most are used once, within one expression


class Question:
    """A valid request whose response is known up to its proof."""

    def __init__(self, scalar, tokens, set_id=bytes(16)):
        self.scalar = scalar
        self.public = p256.multiply(scalar, p256.G)
        self.key_id = exchange.key_id(p256.encode(self.public))
        self.points = [p256.multiply(chance.randrange(1, 1 << 64), p256.G) for _ in range(tokens)]
        self.evaluated = [p256.multiply(scalar, point) for point in self.points]
        self.elements = [p256.encode(point) for point in self.points]
        count = tokens.to_bytes(2, "big")
        self.body = bytes([exchange.VERSION, exchange.REQUEST]) + count + set_id + self.key_id + b"".join(self.elements)
        self.begin = (bytes([exchange.VERSION, exchange.RESPONSE]) + count + self.key_id +
                      b"".join(map(p256.encode, self.evaluated)))

    def check(self, body, proof=True):
        """Anything but the one right answer is an error of the service."""
        assert body[:-p256.PROOF_SIZE] == self.begin, f"a wrong answer of {len(body)} bytes: {body[:64].hex()}"
        if proof:
            p256.verify(self.public, self.points, self.evaluated, body[-p256.PROOF_SIZE:])


def is_error(answer, status, word):
    """The form that every error has."""
    assert answer is not None, f"no answer instead of {status}"
    assert answer.status == status, f"{answer.status} instead of {status}: {answer.body[:300]}"
    assert answer.headers["Content-Type"].split(";")[0] == "application/json", answer.headers["Content-Type"]
    error = answer.json()
    assert error["error"] == word, f"{error} instead of {word}"
    assert isinstance(error["message"], str) and error["message"], error
    return error


def metric(text, name, **labels):
    """The value of a metric, 0 when it is not there."""
    for line in text.splitlines():
        found = re.fullmatch(r"([a-z_]+)(?:\{([^}]*)\})? ([0-9.e+-]+|\+Inf|NaN)", line)
        if found and found[1] == name and dict(re.findall(r'([a-z_]+)="([^"]*)"', found[2] or "")) == labels:
            return float(found[3])
    return 0.0


class Evaluators(Folder):
    """A test class whose services are stopped at its end, and have to end well."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scalar = random_key()
        cls.key = cls.write("key", key_text(cls.scalar))

    @classmethod
    def start(cls, *arguments, key=None, **options):
        """A service with the key of the class unless told otherwise."""
        service = Service(cls.path("service.log"), "--key", key or cls.key, *arguments, **options)
        cls.addClassCleanup(cls._end, service)
        return service

    @staticmethod
    def _end(service):
        if service.process.poll() is None:
            service.stop()

    def metrics(self, service):
        return Line(service.port).ask("GET", "/metrics").body.decode()


class Clients:
    """Threads that ask until they are told to stop, each with connections of its own."""

    def __init__(self, ports, questions, threads=3, headers=None, pause=0.0, context=None):
        """headers: one dictionary for all, or a list of them for the threads in turn."""
        self.ports, self.questions, self.pause, self.context = ports, questions, pause, context
        self.headers = headers if isinstance(headers, list) else [headers]
        self.answers = 0
        self.errors = []  # what is not an answer: a status, or the name of an exception
        self.wrong = []  # must stay empty, whatever happens to the service
        self.sample = []
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._run, args=(i,)) for i in range(threads)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def _run(self, number):
        line = None
        turn = number
        while not self.over.is_set():
            turn += 1
            if line is None:
                line = Line(self.ports[turn % len(self.ports)], headers=self.headers[number % len(self.headers)],
                            context=self.context)
            question = self.questions[turn % len(self.questions)]
            if not self._ask(line, question):
                line.close()
                line = None
                time.sleep(0.02)
            if self.pause:
                time.sleep(self.pause)
        if line is not None:
            line.close()

    def _ask(self, line, question):
        try:
            answer = line.evaluate(question.body)
        except (OSError, http.client.HTTPException) as error:
            with self.lock:
                self.errors.append(type(error).__name__)
            return False
        with self.lock:
            if answer.status != 200:
                self.errors.append(answer.status)
                return answer.headers.get("Connection", "") != "close"
            self.answers += 1
            try:
                question.check(answer.body, proof=False)
            except AssertionError as error:
                self.wrong.append(str(error))
            if len(self.sample) < 20 or chance.random() < 0.01:
                self.sample.append((question, answer.body))
        return True

    def more(self, n, seconds=10):
        """Wait for n further answers."""
        target = self.answers + n
        wait_until(lambda: self.answers >= target, f"{n} further answers; errors: {self.errors[-5:]}", seconds)

    def check(self):
        """No answer was wrong; of some the proof is looked at too."""
        assert not self.wrong, self.wrong[:3]
        for question, body in self.sample[:40]:
            question.check(body)
