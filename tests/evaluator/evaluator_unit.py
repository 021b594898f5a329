# SPDX-License-Identifier: Apache-2.0
"""The systemd unit of packaging/systemd: its command line works, it says when it is ready, and it is confined."""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

from evaluator_harness import PROGRAM, Evaluators, Line, phash, random_bytes, run

UNIT = os.path.join(os.environ["PHASH_SOURCE_DIR"], "packaging", "systemd", "phash-evaluator@.service")
EXPOSURE = 20 # of 100, as systemd-analyze security counts


def read_unit():
    """Lists of values by name, all sections together."""
    with open(UNIT, encoding="ascii") as file:
        text = file.read().replace("\\\n", " ")
    values = {}
    for line in text.splitlines():
        if "=" in line and not line.startswith("#"):
            name, value = line.split("=", 1)
            values.setdefault(name, []).append(value)
    return values


class Unit(Evaluators):
    """One test more than systemd itself can do here: nobody has to be root, and nothing is installed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.unit = read_unit()

    def command(self, port):
        """ExecStart as systemd would make it, with the folders of the test."""
        folder = self.path("")[:-1]
        os.makedirs(self.path("etc"), exist_ok=True)
        os.makedirs(self.path("lib/sets"), exist_ok=True)
        self.write("passphrase", "three words more\n")
        if not os.path.exists(self.path("etc/current.key")):
            phash("key", "seal", "--quiet", "--key", self.key, "--out", self.path("etc/current.key"),
                  "--new-passphrase-file", self.path("passphrase"))
        (command,) = self.unit["ExecStart"]
        for old, new in (("/usr/bin/phash-evaluator", PROGRAM), ("%i", str(port)), ("%d", folder),
                         ("/etc/phash-evaluator", folder + "/etc"), ("/var/lib/phash-evaluator", folder + "/lib"),
                         ("$PHASH_EVALUATOR_OPTIONS", "--limit 512000/day --drain-timeout 5")):
            self.assertIn(old, command)
            command = command.replace(old, new)
        return command.split()

    @staticmethod
    def notified(sock, word):
        while True:
            got = sock.recv(1000).decode()
            if word in got.splitlines():
                return

    def test_starts_reloads_and_stops(self):
        """With the notifications that Type=notify waits for."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock, socket.socket() as free:
            sock.bind(self.path("notify"))
            sock.settimeout(20)
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
            free.close()
            rows = "".join(f"{random_bytes(32).hex()},90,entry {i}\n" for i in range(5))
            os.makedirs(self.path("lib/sets"), exist_ok=True)
            phash("set", "build", "--quiet", "--key", self.key, "--name", "unit", "--out", self.path("lib/sets/u.phb"),
                  self.write("list.csv", rows))
            with subprocess.Popen(self.command(port), stderr=subprocess.PIPE,
                                  env={**os.environ, "NOTIFY_SOCKET": self.path("notify")}) as process:
                try:
                    self.notified(sock, "READY=1")
                    self.assertEqual(Line(port).ask("GET", "/readyz").status, 200)
                    process.send_signal(signal.SIGHUP)
                    self.notified(sock, "RELOADING=1")
                    self.notified(sock, "READY=1")
                    process.send_signal(signal.SIGTERM)
                    self.notified(sock, "STOPPING=1")
                finally:
                    process.terminate()
                    said = process.stderr.read().decode()
                self.assertEqual(process.wait(20), 0, said)
            self.assertTrue(os.path.exists(self.path(f"lib/spent-{port}.db")))

    def test_is_confined(self):
        wanted = {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes",
                  "PrivateDevices": "yes", "CapabilityBoundingSet": "", "LimitCORE": "0", "MemorySwapMax": "0",
                  "MemoryDenyWriteExecute": "yes", "RestrictNamespaces": "yes", "UMask": "0077",
                  "StateDirectoryMode": "0700", "IPAddressDeny": "any", "User": "phash-evaluator", "Type": "notify"}
        for name, value in wanted.items():
            self.assertEqual(self.unit.get(name), [value], name)
        self.assertEqual(self.unit["SystemCallFilter"][0], "@system-service")
        self.assertGreater(int(self.unit["TimeoutStopSec"][0]), 30)

    def test_systemd_agrees(self):
        if shutil.which("systemd-analyze") is None:
            self.skipTest("no systemd-analyze")
        with open(UNIT, encoding="ascii") as file:
            text = file.read()
        text = text.replace("/usr/bin/phash-evaluator", PROGRAM)
        text = re.sub("(?m)^Documentation=.*\n", "", text) # the page is not installed
        path = self.write("phash-evaluator@8440.service", text)
        done = self.systemd("verify", path)
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        done = self.systemd("security", "--offline=true", f"--threshold={EXPOSURE}", path)
        self.assertEqual(done.returncode, 0, done.stdout[-500:])

    @staticmethod
    def systemd(*arguments):
        return subprocess.run(["systemd-analyze", "--no-pager", *arguments], check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, encoding="utf-8", timeout=60)


if __name__ == "__main__":
    run(sys.modules[__name__])
