# SPDX-License-Identifier: Apache-2.0
"""Ask one phash process about many pictures: worker_client.py LIST PATH...

Prints the status of each. The first half of the paths is asked by name, the others as bytes, as a program would that
has pictures in memory only. docs/formats/worker.md says what is exchanged.
"""
import json
import os
import subprocess
import sys


class Worker:
    """A phash that stays and answers."""

    def __init__(self, *options):
        command = [os.environ.get("PHASH", "phash"), "scan", "--worker", "--format", "jsonl", "-0", *options]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.header = json.loads(self.process.stdout.readline())

    def _ask(self, *pieces):
        for piece in pieces:
            self.process.stdin.write(piece)
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def ask_file(self, path):
        return self._ask(b"file " + os.fsencode(path) + b"\0")

    def ask_bytes(self, name, content):
        return self._ask(b"bytes %d " % len(content) + os.fsencode(name) + b"\0", content)

    def close(self):
        self.process.stdin.close()
        summary = json.loads(self.process.stdout.readline())
        self.process.wait()
        return summary


def main(known, *paths):
    worker = Worker("--list", known)
    for number, path in enumerate(paths):
        if number < len(paths) // 2:
            record = worker.ask_file(path)
        else:
            with open(path, "rb") as stream:
                record = worker.ask_bytes(path, stream.read())
        print(record["status"], record.get("entry", record.get("reason", "-")), path)
    print(worker.close()["inputs"], "asked")


if __name__ == "__main__":
    main(*sys.argv[1:])
