# SPDX-License-Identifier: Apache-2.0
"""The service is asked to stop, or is killed and comes back, while clients ask: errors, but never a wrong answer."""
import signal
import sys
import time

from evaluator_harness import OCTETS, Clients, Evaluators, Line, Question, is_error, run, wait_until


class Drain(Evaluators):
    """SIGTERM."""

    def test_requests_in_flight_are_answered(self):
        service = self.start("--drain-delay", 1, "--drain-timeout", 5)
        question = Question(self.scalar, 3)
        begun, idle, late = Line(service.port), Line(service.port), Line(service.port)
        self.assertEqual(idle.ask("GET", "/readyz").status, 200)
        late.connection.connect()
        begun.connection.connect()
        half = len(question.body) // 2
        begun.connection.sock.sendall(f"POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Type: {OCTETS}\r\n"
                                      f"Content-Length: {len(question.body)}\r\n\r\n".encode() + question.body[:half])
        time.sleep(0.2) # it has been read
        service.signal(signal.SIGTERM)
        wait_until(lambda: self.is_draining(idle), "readyz says 503")
        self.assertEqual(idle.ask("GET", "/livez").status, 200)
        answer = begun.raw(question.body[half:])
        self.assertEqual(answer.status, 200, answer.body)
        question.check(answer.body)
        for line in (begun, idle, late):
            line.close()
        self.assertEqual(service.wait(10), 0)

    @staticmethod
    def is_draining(line):
        answer = line.ask("GET", "/readyz")
        if answer.status == 200:
            return False
        is_error(answer, 503, "not_ready")
        return True

    def test_connections_that_are_kept(self):
        """They are answered once more and told to go elsewhere; later no new ones are taken."""
        service = self.start("--drain-delay", 1, "--drain-timeout", 5)
        line = Line(service.port)
        question = Question(self.scalar, 1)
        line.evaluate(question.body)
        service.signal(signal.SIGTERM)
        wait_until(lambda: self.is_draining(Line(service.port)), "readyz says 503")
        answer = line.evaluate(question.body)
        question.check(answer.body)
        self.assertEqual(answer.headers["Connection"].lower(), "close")
        self.assertEqual(service.wait(10), 0)
        self.assertRaises(ConnectionRefusedError, Line(service.port).evaluate, question.body)

    def test_what_takes_too_long_is_cut_off(self):
        service = self.start("--drain-delay", 0, "--drain-timeout", 1)
        held = Line(service.port)
        held.connection.connect()
        held.connection.sock.sendall(f"POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Type: {OCTETS}\r\n"
                                     "Content-Length: 69\r\n\r\n".encode())
        time.sleep(0.2)
        service.signal(signal.SIGTERM)
        self.assertEqual(service.wait(10), 2)
        self.assertIn("cut off", service.said())

    def test_a_second_signal_means_now(self):
        service = self.start("--drain-delay", 60, "--drain-timeout", 60)
        held = Line(service.port)
        held.connection.connect()
        service.signal(signal.SIGTERM)
        wait_until(lambda: self.is_draining(Line(service.port)), "readyz says 503")
        service.signal(signal.SIGTERM)
        service.wait(10)

    def test_under_load(self):
        """Nothing that was taken is lost: what ends in an error is told so, or finds no connection."""
        service = self.start("--drain-delay", 1, "--drain-timeout", 5)
        questions = [Question(self.scalar, 2) for _ in range(4)]
        with Clients([service.port], questions, threads=3) as clients:
            clients.more(30)
            service.signal(signal.SIGTERM)
            self.assertEqual(service.wait(10), 0)
        clients.check()
        allowed = {503, "ConnectionRefusedError", "ConnectionResetError", "RemoteDisconnected", "BrokenPipeError"}
        self.assertLessEqual(set(clients.errors), allowed)

    def test_an_idle_service_ends_at_once(self):
        service = self.start("--drain-delay", 0, "--drain-timeout", 20)
        Line(service.port).ask("GET", "/livez")
        begin = time.monotonic()
        service.stop()
        self.assertLess(time.monotonic() - begin, 5)


class Killed(Evaluators):
    """kill -9."""

    def test_restarts_during_load(self):
        service = self.start()
        port = service.port
        questions = [Question(self.scalar, 2) for _ in range(4)]
        with Clients([port], questions, threads=3) as clients:
            for _ in range(5):
                clients.more(20)
                service.kill()
                time.sleep(0.05)
                service = self.start(listen=f"127.0.0.1:{port}")
            clients.more(20)
        clients.check()
        allowed = {503, "ConnectionRefusedError", "ConnectionResetError", "RemoteDisconnected", "BrokenPipeError",
                   "IncompleteRead"}
        self.assertLessEqual(set(clients.errors), allowed)
        self.assertGreater(len(clients.errors), 0)

    def test_two_on_one_port(self):
        """The second says so and ends; it does not take requests from the first."""
        service = self.start()
        with self.assertRaisesRegex(AssertionError, "ended with"):
            self.start(listen=f"127.0.0.1:{service.port}")
        question = Question(self.scalar, 1)
        question.check(Line(service.port).evaluate(question.body).body)


class Metered(Evaluators):
    """What is spent is not forgotten, but for the last moments before a kill -9."""

    BURST, FLUSH = 1500, 1

    def start_metered(self, name, **options):
        return self.start("--meter", self.path(name), "--meter-flush", self.FLUSH, "--limit", "1/day", "--burst",
                          self.BURST, "--max-elements", "64", **options)

    @staticmethod
    def spend(service, question, seconds, pause=0.0):
        """Ask until the budget is spent or the time is over: when each request was granted."""
        line = Line(service.port)
        end = time.monotonic() + seconds
        granted = []
        while time.monotonic() < end:
            answer = line.evaluate(question.body)
            if answer.status == 429:
                break
            question.check(answer.body, proof=False)
            granted.append(time.monotonic())
            time.sleep(pause)
        return granted

    def test_killed_while_it_meters(self):
        question = Question(self.scalar, 5)
        service = self.start_metered("killed.db")
        before = self.spend(service, question, 3.2 * self.FLUSH, pause=0.02)
        service.kill()
        killed = time.monotonic()
        self.assertLess(len(before) * 5, self.BURST)
        service = self.start_metered("killed.db")
        after = self.spend(service, question, 30)
        late = sum(when > killed - 2 * self.FLUSH - 0.5 for when in before)
        total = 5 * (len(before) + len(after))
        self.assertGreaterEqual(total, self.BURST)
        self.assertLessEqual(total, self.BURST + 5 * late)
        self.assertLess(late, len(before))
        service.kill()
        service = self.start_metered("killed.db")
        self.assertLessEqual(len(self.spend(service, question, 30)), len(after))

    def test_stopped_and_started(self):
        question = Question(self.scalar, 50)
        total = 0
        for _ in range(3):
            service = self.start_metered("stopped.db")
            total += len(self.spend(service, question, 0.3))
            service.stop()
        service = self.start_metered("stopped.db")
        total += len(self.spend(service, question, 30))
        self.assertEqual(total * 50, self.BURST)
        is_error(Line(service.port).evaluate(question.body), 429, "budget_spent")

    def test_one_file_one_service(self):
        self.start_metered("one.db")
        with self.assertRaisesRegex(AssertionError, "ended with 2"):
            self.start_metered("one.db")


if __name__ == "__main__":
    run(sys.modules[__name__])
