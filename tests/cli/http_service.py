# SPDX-License-Identifier: Apache-2.0
"""An evaluator behind HTTP, with the answers of tests/interop, that misbehaves on demand.

    http_service.py --key KEY [--tls CERT TLS_KEY] [--clients CA] [--token TOKEN]

Listens on a free port of 127.0.0.1, which it writes to the file `port`. What it does with posts is in the file
`mode`, with questions for its key in `keymode`, and with those for sets in `setmode`, read each time: "WORD [N]"
misbehaves that way with the next N requests (all of them without N) and then no more; writing the file again begins
anew. A line for each request goes to the file `requests`: the path, the number of its connection, the digest of the
body or the range, what was done. Sets are in the folder `sets`.
"""
import argparse
import hashlib
import http.server
import itertools
import json
import os
import pathlib
import ssl
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.environ["PHASH_SOURCE_DIR"], "tests", "interop"))
import exchange
import p256

connections = itertools.count(1)
lock = threading.Lock()
states = {}


def mode(name):
    """The word that counts for this request."""
    path = pathlib.Path(name)
    with lock:
        try:
            text = path.read_text().split()
            stamp = (path.stat().st_mtime_ns, path.stat().st_ino)
        except OSError:
            return "well"
        if not text:
            return "well"
        state = states.setdefault(name, {})
        if stamp != state.get("stamp"):
            state.update(stamp=stamp, left=int(text[1]) if len(text) > 1 else -1)
        if state["left"] == 0:
            return "well"
        state["left"] -= 1
        return text[0]


class Service(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20

    def setup(self):
        super().setup()
        self.number = next(connections)

    def log_message(self, *_):
        pass

    def note(self, body, done):
        digest = hashlib.sha256(body).hexdigest() if self.command == "POST" else body.decode() or "-"
        with lock, open("requests", "a", encoding="ascii") as file:
            file.write(f"{self.path} {self.number} {digest} {done}\n")

    def answer(self, status, body, kind="application/octet-stream", **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(headers.pop("length", len(body))))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def fault(self, status, word, **headers):
        body = json.dumps({"error": word, "message": "as told"}).encode() + b"\n"
        self.answer(status, body, "application/json", **headers)

    def allowed(self, done):
        if self.server.token and self.headers["Authorization"] != "Bearer " + self.server.token:
            done = "unauthorized"
        if done == "unauthorized":
            self.fault(401, "unauthorized")
        return done != "unauthorized"

    def misbehave(self, done):
        """What is the same for all paths. True when something was answered, or nothing should be."""
        if done == "busy":
            self.fault(503, "overloaded", Retry_After="1")
        elif done == "draining":
            self.fault(503, "draining")
        elif done == "spent":
            self.fault(429, "budget_spent", Retry_After="3600")
        elif done == "closed":
            self.close_connection = True
        elif done == "slow":
            time.sleep(4)
            self.close_connection = True
        elif done == "redirect":
            self.answer(307, b"", Location=f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        elif done == "wordy":
            self.answer(400, b"{" + b" " * 100000)
        else:
            return False
        return True

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        done = mode("mode")
        self.note(body, done)
        if not self.allowed(done) or self.misbehave(done):
            return
        if self.path != "/v1/evaluate":
            self.fault(404, "not_found")
            return
        evaluator = self.server.other if done == "otherkey" else self.server.evaluator
        good = evaluator.answer(body[:20] + evaluator.key_id + body[36:])
        if done == "otherkey": # lies about it
            good = good[:4] + self.server.evaluator.key_id + good[20:]
        if done == "garbage":
            good = os.urandom(len(good))
        elif done == "changed":
            good = good[:-1] + bytes([good[-1] ^ 1])
        elif done == "long":
            good += b"\0"
        elif done == "short":
            good = good[:-1]
        elif done == "error":
            good = evaluator.error(6)
        if done == "truncated":
            self.answer(200, good[:-100], length=len(good))
            self.close_connection = True
            return
        self.answer(200, good)
        self.close_connection = done == "stale" # without having said so

    def send_part(self, data, first, status, tag, done):
        """Bytes of a set from `first` on."""
        self.send_response(status)
        for name, value in tag.items():
            self.send_header(name, value)
        if status == 206:
            self.send_header("Content-Range", f"bytes {first + (done == 'elsewhere')}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - first))
        self.end_headers()
        self.wfile.write(data[first:] if done != "cut" else data[first:first + (len(data) - first) // 2])
        self.close_connection = done == "cut"

    def give_set(self, done):
        path = pathlib.Path("sets") / os.path.basename(self.path)
        data = path.read_bytes()
        etag = f'"{hashlib.sha256(data).hexdigest()}"'
        tag = {} if done == "untagged" else {"ETag": etag}
        if done == "damaged":
            data = data[:5000] + bytes([data[5000] ^ 1]) + data[5001:]
        if done != "untagged" and self.headers["If-None-Match"] == etag:
            self.send_response(304)
            self.send_header("ETag", etag)
            self.end_headers()
            return
        wanted = self.headers["Range"]
        if wanted is None or done == "unranged" or self.headers["If-Range"] not in (None, etag):
            self.send_part(data, 0, 200, tag, done)
        elif int(wanted[6:-1]) >= len(data):
            self.answer(416, b"", Content_Range=f"bytes */{len(data)}", ETag=etag)
        else:
            self.send_part(data, int(wanted[6:-1]), 206, tag, done)

    def do_GET(self):
        if self.path.startswith("/v1/sets/"):
            done = mode("setmode")
            self.note(self.headers.get("Range", "whole").encode(), done)
            if self.allowed(done) and not self.misbehave(done):
                self.give_set(done)
            return
        done = mode("keymode") if self.path == "/v1/key" else "well"
        self.note(b"", done)
        if not self.allowed(done) or self.misbehave(done):
            return
        if self.path != "/v1/key":
            self.fault(404, "not_found")
            return
        evaluator = self.server.other if done == "otherkey" else self.server.evaluator
        public = p256.encode(p256.multiply(evaluator.scalar, p256.G)).hex()
        keys = {"keys": [{"id": evaluator.key_id.hex(), "public_key": public, "state": "current"}]}
        self.answer(200, b"<html>" if done == "garbage" else json.dumps(keys).encode() + b"\n", "application/json")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--key", required=True)
    parser.add_argument("--tls", nargs=2)
    parser.add_argument("--clients")
    parser.add_argument("--token")
    arguments = parser.parse_args()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
    server.daemon_threads = True
    server.token = arguments.token
    with open(arguments.key, encoding="ascii") as file:
        server.evaluator = exchange.Evaluator(exchange.read_key(file.read()))
    server.other = exchange.Evaluator(p256.random_scalar())
    if arguments.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*arguments.tls)
        if arguments.clients:
            context.load_verify_locations(arguments.clients)
            context.verify_mode = ssl.CERT_REQUIRED
        server.socket = context.wrap_socket(server.socket, server_side=True)
    pathlib.Path("port.new").write_text(str(server.server_port))
    os.rename("port.new", "port")
    server.serve_forever()


main()
