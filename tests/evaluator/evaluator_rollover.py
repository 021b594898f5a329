# SPDX-License-Identifier: Apache-2.0
"""A key is replaced under load, without a restart and without a failed request."""
import os
import shutil
import signal
import sys

from evaluator_harness import (Clients, Evaluators, Line, Question, Service, exchange, is_error, key_text, p256,
                               random_key, run, wait_until)


class Rollover(Evaluators):
    """The files that --key names are replaced, and SIGHUP says so."""

    def setUp(self):
        self.new = random_key()
        self.old_text = key_text(self.scalar)
        self.current, self.previous = self.path("current"), self.path("previous")
        self.replace(self.current, self.old_text)
        self.replace(self.previous, self.old_text)

    def replace(self, path, text):
        shutil.move(self.write("next", text), path)

    @staticmethod
    def id_of(scalar):
        return exchange.key_id(p256.encode(p256.multiply(scalar, p256.G))).hex()

    def keys(self, port):
        return [(key["id"], key["state"]) for key in Line(port).ask("GET", "/v1/key").json()["keys"]]

    def uses(self, service):
        name = "phash_key_requests_total"
        rows = [row for row in self.metrics(service).splitlines() if row.startswith(name + "{")]
        return {row.split('"')[1]: int(row.rsplit(" ", 1)[1]) for row in rows}

    def test_under_load(self):
        """New key next to the old; clients change over; the old key goes."""
        service = self.start("--key", self.previous, key=self.current)
        old = [Question(self.scalar, 2) for _ in range(3)]
        new = [Question(self.new, 2) for _ in range(3)]
        is_error(Line(service.port).evaluate(new[0].body), 409, "unknown_key")
        with Clients([service.port], old, threads=2) as clients:
            clients.more(20)
            self.replace(self.current, key_text(self.new))
            service.signal(signal.SIGHUP)
            both = [(self.id_of(self.new), "current"), (self.id_of(self.scalar), "previous")]
            wait_until(lambda: self.keys(service.port) == both, "both keys are served")
            with Clients([service.port], new, threads=2) as later:
                later.more(20)
                clients.more(20)
                for _ in range(10): # that nothing changed is no reason to fail either
                    service.signal(signal.SIGHUP)
                    later.more(3)
                clients.more(5)
        for group in (clients, later):
            group.check()
            self.assertEqual(group.errors, [])
        before = self.uses(service)
        self.assertEqual(set(before), {self.id_of(self.new), self.id_of(self.scalar)})
        self.assertEqual(before[self.id_of(self.scalar)], clients.answers)
        self.assertEqual(before[self.id_of(self.new)], later.answers)
        for body in (old[0].body, old[0].body[:-1], new[0].body):
            Line(service.port).evaluate(body)
        self.assertEqual(self.uses(service), {key: n + 1 for key, n in before.items()})
        said = len(service.said())
        service.signal(signal.SIGHUP)
        wait_until(lambda: len(service.said()) > said, "it is reloaded")
        self.assertEqual(self.uses(service), {key: n + 1 for key, n in before.items()})
        self.replace(self.previous, key_text(self.new))
        service.signal(signal.SIGHUP)
        wait_until(lambda: self.id_of(self.scalar) not in dict(self.keys(service.port)), "the old key is gone")
        error = is_error(Line(service.port).evaluate(old[0].body), 409, "unknown_key")
        self.assertEqual(error["keys"][0], self.id_of(self.new))

    def test_a_bad_key_changes_nothing(self):
        service = self.start(key=self.current)
        question = Question(self.scalar, 1)
        for text in ("", "libphash evaluator key 1\n", self.old_text[:-5], "x" * 100000):
            self.replace(self.current, text)
            said = len(service.said())
            service.signal(signal.SIGHUP)
            wait_until(lambda: len(service.said()) > said, "it says that the key is no good")
            question.check(Line(service.port).evaluate(question.body).body)
        os.remove(self.current)
        service.signal(signal.SIGHUP)
        question.check(Line(service.port).evaluate(question.body).body)
        self.assertEqual(self.keys(service.port), [(self.id_of(self.scalar), "current")])

    def test_a_key_that_others_may_read(self):
        os.chmod(self.current, 0o644)
        with self.assertRaisesRegex(AssertionError, "ended with"):
            Service(self.path("service.log"), "--key", self.current)


if __name__ == "__main__":
    run(sys.modules[__name__])
