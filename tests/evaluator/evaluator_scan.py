# SPDX-License-Identifier: Apache-2.0
"""phash scan --evaluator and phash set fetch against the real service."""
import json
import os
import shutil
import subprocess
import sys
import threading

from evaluator_harness import BUILD, Evaluators, key_text, metric, phash, random_key, run, wait_until

PICTURES = os.path.join(BUILD, "tests", "pictures")
PHASH = os.path.join(BUILD, "bin", "phash")


class Scan(Evaluators):
    """A set of two photos; a folder with one of them at half its size, another photo, one without anything in it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        lines = phash("hash", os.path.join(PICTURES, "photo-1.jpg"), os.path.join(PICTURES, "photo-2.jpg"))
        os.mkdir(cls.path("sets"))
        cls.set = cls.path("sets/photos.phb")
        phash("set", "build", "--quiet", "--key", cls.key, "--name", "photos", "--budget", "64", "--out", cls.set,
              cls.write("list", lines))
        os.mkdir(cls.path("folder"))
        for name in ("half-2.jpg", "other-1.jpg", "flat.png"):
            shutil.copy(os.path.join(PICTURES, name), cls.path("folder"))
        cls.service = cls.start("--sets", cls.path("sets"))
        cls.url = f"http://127.0.0.1:{cls.service.port}"
        done = cls.phash("scan", "--set", cls.set, "--evaluator", cls.url, cls.path("folder/other-1.jpg"))
        if "this build has no HTTP" in done.stderr:
            print("SKIP: this build has no HTTP")
            sys.exit(77)

    @staticmethod
    def phash(*arguments):
        return subprocess.run([PHASH, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                              check=False, encoding="utf-8")

    def scan(self, *arguments):
        """Exit status, and the status of each picture by name."""
        done = self.phash("scan", "--quiet", "--format", "jsonl", "--set", self.set, *arguments)
        records = [json.loads(line) for line in done.stdout.splitlines()]
        return done.returncode, {os.path.basename(record["path"]): record["status"] for record in records
                                 if record["type"] == "result"}, done

    def test_finds_what_the_key_finds(self):
        status, here, _ = self.scan("--key", self.key, self.path("folder"))
        self.assertEqual(self.scan("--evaluator", self.url, self.path("folder"))[:2], (status, here))
        self.assertEqual(here["half-2.jpg"], "match")
        self.assertEqual(here["other-1.jpg"], "clean")

    def test_every_picture_costs_its_tokens(self):
        before = metric(self.metrics(self.service), "phash_eval_points_total")
        self.scan("--evaluator", self.url, self.path("folder"))
        self.assertEqual(metric(self.metrics(self.service), "phash_eval_points_total") - before, 3 * 64)

    def test_another_key(self):
        other = self.start(key=self.write("other", key_text(random_key())))
        status, statuses, done = self.scan("--evaluator", f"http://127.0.0.1:{other.port}", self.path("folder"))
        self.assertEqual((status, set(statuses.values()) - {"indeterminate"}), (2, set()), done.stderr)

    def test_a_service_that_is_killed(self):
        """Matches and clean pictures are as they are, or indeterminate; never the other way round."""
        os.mkdir(self.path("many"))
        for i in range(60):
            shutil.copy(self.path("folder/half-2.jpg"), self.path(f"many/{i}-half.jpg"))
            shutil.copy(self.path("folder/other-1.jpg"), self.path(f"many/{i}-other.jpg"))
        service = self.start()

        def disturb():
            wait_until(lambda: metric(self.metrics(service), "phash_eval_points_total") > 20 * 64, "20 pictures")
            service.kill()
        thread = threading.Thread(target=disturb)
        thread.start()
        status, statuses, done = self.scan("--evaluator", f"http://127.0.0.1:{service.port}",
                                           "--evaluator-timeout", "2", self.path("many"))
        thread.join()
        self.assertEqual(len(statuses), 120, done.stderr)
        for name, got in statuses.items():
            self.assertIn(got, ("indeterminate", "match" if "half" in name else "clean"), name)
        self.assertEqual(status, 2)
        self.assertEqual(set(statuses.values()), {"indeterminate", "match", "clean"})

    def test_fetch(self):
        done = self.phash("set", "fetch", f"{self.url}/v1/sets/photos.phb", "--out", self.path("fetched.phb"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.read("fetched.phb"), self.read("sets/photos.phb"))

    def test_fetch_of_nothing(self):
        done = self.phash("set", "fetch", f"{self.url}/v1/sets/none.phb", "--out", self.path("none.phb"))
        self.assertEqual(done.returncode, 2)
        self.assertFalse(os.path.exists(self.path("none.phb")))


if __name__ == "__main__":
    run(sys.modules[__name__])
