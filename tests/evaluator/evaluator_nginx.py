# SPDX-License-Identifier: Apache-2.0
"""The nginx configuration of packaging/nginx, with two replicas behind it, TLS, tokens and certificates of clients."""
import hashlib
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time

from evaluator_harness import (OCTETS, Clients, Evaluators, Line, Question, Service, exchange, is_error, metric, phash,
                               random_bytes, run, wait_until)

CONFIGURATION = os.path.join(os.environ["PHASH_SOURCE_DIR"], "packaging", "nginx")
NGINX = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
TOKENS = {f"phone-{i}": f"token-of-phone-{i}-0123456789abcdef" for i in range(8)}

TOP = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log warn;
worker_processes 1;
{user}
events {{ worker_connections 200; }}
http {{
    client_body_temp_path {folder}/temporary/body;
    proxy_temp_path {folder}/temporary/proxy;
    fastcgi_temp_path {folder}/temporary/fastcgi;
    uwsgi_temp_path {folder}/temporary/uwsgi;
    scgi_temp_path {folder}/temporary/scgi;
    include {folder}/nginx/phash-evaluator-common.conf;
    include {folder}/nginx/{site};
}}
"""


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Behind(Evaluators):
    """Two replicas and nginx before them, which runs as the user that runs the tests."""

    site = None
    options = ()
    changes = {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.questions = [Question(cls.scalar, 2) for _ in range(4)]
        cls.make_certificates()
        os.mkdir(cls.path("sets"))
        rows = "".join(f"{random_bytes(32).hex()},90,entry {i}\n" for i in range(200))
        phash("set", "build", "--quiet", "--key", cls.key, "--name", "behind", "--budget", "64", "--out",
              cls.path("sets/behind.phb"), cls.write("list.csv", rows))
        lines = "".join(f"{name} {hashlib.sha256(token.encode()).hexdigest()}\n" for name, token in TOKENS.items())
        cls.credentials = cls.write("credentials", lines)
        cls.replicas = [cls.replica() for _ in range(2)]
        cls.port = free_port()
        cls.start_nginx()

    @classmethod
    def replica(cls, listen="127.0.0.1:0"):
        return cls.start("--sets", cls.path("sets"), *(option.format(cls=cls) for option in cls.options), listen=listen)

    @classmethod
    def openssl(cls, *arguments):
        subprocess.run(["openssl", *arguments], check=True, cwd=cls.path(""), stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    @classmethod
    def make_authority(cls, name):
        cls.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")

    @classmethod
    def make_certificate(cls, name, subject, authority, extension=""):
        cls.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject,
                    "-keyout", f"{name}.key", "-out", f"{name}.csr")
        cls.write(f"{name}.ext", extension)
        cls.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key",
                    "-CAcreateserial", "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.pem")
        os.chmod(cls.path(f"{name}.key"), 0o600)

    @classmethod
    def make_certificates(cls):
        cls.make_authority("authority")
        cls.make_certificate("server", "/CN=evaluator.example", "authority", "subjectAltName=IP:127.0.0.1\n")

    @classmethod
    def start_nginx(cls):
        """The files as they are shipped, but for ports, paths and what a class changes."""
        folder = cls.path("")[:-1]
        changes = {"listen 443 ssl": f"listen 127.0.0.1:{cls.port} ssl", "/etc/phash-evaluator/tls/": folder + "/",
                   "/etc/nginx/snippets/": folder + "/nginx/", "/var/log/nginx/": folder + "/",
                   "127.0.0.1:8440": f"127.0.0.1:{cls.replicas[0].port}",
                   "127.0.0.1:8441": f"127.0.0.1:{cls.replicas[1].port}", **cls.changes}
        os.mkdir(cls.path("nginx"))
        os.mkdir(cls.path("temporary"))
        found = set()
        for name in ("phash-evaluator-common.conf", "phash-evaluator-locations.conf", cls.site):
            with open(os.path.join(CONFIGURATION, name), encoding="ascii") as file:
                text = file.read()
            for old, new in changes.items():
                found.update({old} if old in text else ())
                text = text.replace(old, new)
            cls.write("nginx/" + name, text)
        assert found == set(changes), f"not in the files: {set(changes) - found}"
        user = "user root;" if os.geteuid() == 0 else ""
        cls.write("nginx.conf", TOP.format(folder=folder, user=user, site=cls.site))
        command = [NGINX, "-c", cls.path("nginx.conf"), "-p", folder, "-e", cls.path("nginx.log")]
        # pylint: disable=consider-using-with
        cls.nginx = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(cls.stop_nginx)
        wait_until(cls.nginx_listens, "nginx listens")

    @classmethod
    def nginx_listens(cls):
        if cls.nginx.poll() is not None:
            raise AssertionError(f"nginx ended: {cls.read('nginx.log').decode()}")
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", cls.port)) == 0

    @classmethod
    def stop_nginx(cls):
        cls.nginx.terminate()
        cls.nginx.wait(10)

    @classmethod
    def context(cls, certificate=None):
        context = ssl.create_default_context(cafile=cls.path("authority.pem"))
        if certificate is not None:
            context.load_cert_chain(cls.path(f"{certificate}.pem"), cls.path(f"{certificate}.key"))
        return context

    def line(self, certificate=None, **headers):
        return Line(self.port, context=self.context(certificate), headers=headers)


class Tokens(Behind):
    """site-tokens.conf"""

    site = "site-tokens.conf"
    options = ("--credentials", "{cls.credentials}", "--drain-timeout", "5")
    changes = {"rate=50r/s": "rate=50000r/s"}

    def with_token(self, name="phone-0"):
        return self.line(Authorization="Bearer " + TOKENS[name])

    def test_answers(self):
        line = self.with_token()
        for question in self.questions:
            answer = line.evaluate(question.body)
            self.assertEqual(answer.headers["Content-Type"], OCTETS)
            question.check(answer.body)
        big = Question(self.scalar, 1)
        body = big.body[:2] + (1024).to_bytes(2, "big") + big.body[4:36] + big.elements[0] * 1024
        self.assertEqual(line.evaluate(body).status, 200)

    def test_without_a_token(self):
        is_error(self.line().evaluate(self.questions[0].body), 401, "unauthorized")
        is_error(self.line(Authorization="Bearer x").evaluate(self.questions[0].body), 401, "unauthorized")
        is_error(self.line().ask("GET", "/v1/key"), 401, "unauthorized")

    def test_errors_of_the_evaluator_pass(self):
        line = self.with_token()
        body = self.questions[0].body
        self.assertEqual(is_error(line.evaluate(body[:-1]), 400, "malformed")["code"], exchange.E_FORM)
        error = is_error(line.evaluate(body[:20] + bytes(16) + body[36:]), 409, "unknown_key")
        self.assertEqual(error["keys"], [self.questions[0].key_id.hex()])
        is_error(line.ask("GET", "/v1/evaluate"), 405, "method_not_allowed")
        is_error(line.ask("GET", "/v1/sets/none.phb"), 404, "not_found")

    def test_errors_of_nginx_have_the_same_form(self):
        line = self.with_token()
        for path in ("/livez", "/readyz", "/metrics", "/", "/v1/keys", "/phash-error/too_large"):
            is_error(line.ask("GET", path), 404, "not_found")
        is_error(self.with_token().evaluate(bytes(40000)), 413, "too_large")
        is_error(self.with_token().ask("POST", "/v1/key", b"body"), 413, "too_large")
        plain = Line(self.port).ask("GET", "/v1/key") # not TLS
        self.assertEqual(plain.status, 400)

    def test_a_slow_client_takes_nobodys_time(self):
        line = self.with_token()
        line.connection.connect()
        body = self.questions[0].body
        line.connection.sock.sendall(f"POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Type: {OCTETS}\r\n"
                                     f"Authorization: Bearer {TOKENS['phone-0']}\r\n"
                                     f"Content-Length: {len(body)}\r\n\r\n".encode() + body[:50])
        time.sleep(0.3)
        for replica in self.replicas:
            self.assertEqual(metric(self.metrics(replica), "phash_in_flight"), 1) # the question itself
        self.questions[0].check(line.raw(body[50:]).body)

    def test_sets(self):
        data = self.read("sets/behind.phb")
        answer = self.with_token().ask("GET", "/v1/sets/behind.phb", Range="bytes=100-199")
        self.assertEqual((answer.status, answer.body), (206, data[100:200]))
        phash("set", "fetch", f"https://127.0.0.1:{self.port}/v1/sets/behind.phb", "--quiet", "--out",
              self.path("got.phb"), "--cacert", self.path("authority.pem"), "--token-file",
              self.write("token", TOKENS["phone-1"] + "\n"))
        self.assertEqual(self.read("got.phb"), data)

    def test_a_caller_stays_with_a_replica(self):
        """And all of them together use both."""
        used = set()
        for name in TOKENS:
            before = [metric(self.metrics(replica), "phash_eval_points_total") for replica in self.replicas]
            line = self.with_token(name)
            for question in self.questions:
                question.check(line.evaluate(question.body).body)
            now = [metric(self.metrics(replica), "phash_eval_points_total") for replica in self.replicas]
            self.assertEqual(sorted(after - at for after, at in zip(now, before)), [0, 2 * len(self.questions)])
            used.add(now[0] > before[0])
        self.assertEqual(len(used), 2)

    def load(self):
        headers = [{"Authorization": "Bearer " + token} for token in TOKENS.values()]
        return Clients([self.port], self.questions, threads=8, headers=headers, context=self.context())

    def test_one_replica_is_killed(self):
        """The other one answers for it: nothing fails, and nothing is wrong."""
        with self.load() as clients:
            clients.more(40)
            for i in (0, 1):
                port = self.replicas[i].port
                self.replicas[i].kill()
                clients.more(40)
                self.replicas[i] = self.replica(listen=f"127.0.0.1:{port}")
                clients.more(40)
        clients.check()
        self.assertEqual(clients.errors, [])

    def test_one_after_the_other_is_restarted(self):
        with self.load() as clients:
            for i in (0, 1):
                port = self.replicas[i].port
                self.replicas[i].stop()
                clients.more(20)
                self.replicas[i] = self.replica(listen=f"127.0.0.1:{port}")
                clients.more(20)
        clients.check()
        self.assertEqual(clients.errors, [])

    def test_nobody_there(self):
        ports = [replica.port for replica in self.replicas]
        for replica in self.replicas:
            replica.kill()
        answer = self.with_token().evaluate(self.questions[0].body)
        is_error(answer, 503, "unavailable")
        self.assertEqual(answer.headers["Retry-After"], "1")
        for i, port in enumerate(ports):
            self.replicas[i] = self.replica(listen=f"127.0.0.1:{port}")
        for name in TOKENS:
            self.questions[0].check(self.with_token(name).evaluate(self.questions[0].body).body)

    def test_nothing_is_kept(self):
        self.questions[0].check(self.with_token().evaluate(self.questions[0].body).body)
        wait_until(lambda: b" POST 200 " in self.read("phash-evaluator.log"), "the log has the request")
        for folder, _, names in os.walk(self.path("temporary")):
            self.assertEqual(names, [], folder)
        for name in ("phash-evaluator.log", "phash-evaluator-error.log", "nginx.log"):
            text = self.read(name)
            self.assertNotIn(b"token-of-phone", text)
            self.assertNotIn(self.questions[0].elements[0], text)
        for row in self.read("phash-evaluator.log").decode().splitlines():
            self.assertRegex(row, r"^\S+ [A-Z]+ \d+ \d+ \d+ [0-9.]+ ([0-9.:, -]+|phash_evaluator) [0-9, -]+$")


class Certificates(Behind):
    """site-certificates.conf"""

    site = "site-certificates.conf"
    options = ("--credential-header", "X-Phash-Credential")
    changes = {"rate=50r/s": "rate=10r/s", "burst=100": "burst=40"} # which a slow machine can exceed too

    @classmethod
    def make_certificates(cls):
        super().make_certificates()
        cls.make_authority("clients")
        cls.make_authority("strangers")
        cls.make_certificate("phone", "/O=Example/CN=phone", "clients")
        cls.make_certificate("unnamed", "/O=Example", "clients")
        cls.make_certificate("sly", "/O=x,CN=phone", "clients")
        cls.make_certificate("odd", "/CN=phone phone", "clients")
        cls.make_certificate("stranger", "/CN=phone", "strangers")

    def test_answers(self):
        for question in self.questions:
            question.check(self.line("phone").evaluate(question.body).body)

    def test_no_certificate_that_counts(self):
        body = self.questions[0].body
        for certificate in (None, "stranger", "unnamed", "sly", "odd"):
            line = self.line(certificate, X_Phash_Credential="phone")
            line.headers = {"X-Phash-Credential": "phone", "Authorization": "Bearer phone"}
            is_error(line.evaluate(body), 401, "unauthorized")

    def test_too_many_requests(self):
        """They are told to come back."""
        line = self.line("phone")
        answers = [line.evaluate(self.questions[0].body) for _ in range(250)]
        refused = [answer for answer in answers if answer.status != 200]
        self.assertGreater(len(refused), 10)
        for answer in refused:
            is_error(answer, 429, "overloaded")
            self.assertEqual(answer.headers["Retry-After"], "1")

    def test_scan(self):
        """A client of libphash, with its certificate."""
        pictures = os.path.join(os.environ["PHASH_BINARY_DIR"], "tests", "pictures")
        time.sleep(1) # requests of the test before are forgotten
        lines = phash("hash", os.path.join(pictures, "photo-2.jpg"))
        phash("set", "build", "--quiet", "--key", self.key, "--name", "scan", "--budget", "64", "--out",
              self.path("scan.phb"), self.write("scan.csv", lines))
        arguments = ["scan", "--set", self.path("scan.phb"), "--evaluator", f"https://127.0.0.1:{self.port}",
                     "--cacert", self.path("authority.pem")]
        identity = ["--client-cert", self.path("phone.pem"), "--client-key", self.path("phone.key")]
        half, other = os.path.join(pictures, "half-2.jpg"), os.path.join(pictures, "other-1.jpg")
        for extra, picture, status in ((identity, half, 1), (identity, other, 0), ([], half, 2)):
            done = subprocess.run([os.path.join(os.environ["PHASH_BINARY_DIR"], "bin", "phash"), *arguments, *extra,
                                   picture], check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertEqual(done.returncode, status, done.stdout.decode())


if __name__ == "__main__":
    if NGINX is None or shutil.which("openssl") is None:
        print("SKIP: no nginx, or no openssl (Debian: nginx-light openssl)")
        sys.exit(77)
    run(sys.modules[__name__])
