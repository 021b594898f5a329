#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What phash scan takes, as a multiple of the library's own loop: scan_ratio.py [OPTION...] BIN FOLDER...

  --rounds N     turns that count, after one that fills the page cache (default 11)
  --files N      show each folder's files again under other names until there are this many (default 400)
  --views WORDS  views of both: none, all, or none,all for one after the other (default none)
  --jobs NUMBERS of threads, with commas between (default 1,2)
  --list LIST    what is scanned for (default: one hash that nothing is near)
  --pipeline P   of both (default luma, which is that of phash scan)

BIN holds phash and bench-throughput. Each turn runs bench-throughput --once (read, decode, fingerprint), scan
with --no-sandbox and scan with decoder processes over the same files with as many threads; who comes first goes round.
Prints medians of the ratios within a turn, with quartiles: of elapsed time, and of processor time of all processes, as
their parents waited for them. The loop times itself, for loading OpenCV would make its program look slow; of phash
scan the whole run counts, start and end included. The folders are those that run.sh makes.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


def run(arguments):
    """Elapsed seconds, and processor seconds of the program and of all processes below it."""
    begun = time.perf_counter()
    pid = os.posix_spawn(arguments[0], arguments, os.environ,
                         file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
    _, status, usage = os.wait4(pid, 0)
    elapsed = time.perf_counter() - begun
    if os.waitstatus_to_exitcode(status) not in (0, 1, 2):  # 2: some picture is too flat to be judged
        sys.exit("this failed: " + " ".join(arguments))
    return elapsed, usage.ru_utime + usage.ru_stime


def run_loop(arguments):
    """As run, of the loop within bench-throughput alone."""
    done = subprocess.run(arguments, stdout=subprocess.PIPE, check=True, encoding="ascii")
    elapsed, processor = done.stdout.split()
    return float(elapsed), float(processor)


def repeated(folder, count, out):
    """A folder below `out` with `count` names for the files of `folder`; their number."""
    files = sorted(e.path for e in os.scandir(folder) if e.is_file())
    if not files:
        sys.exit("no files in " + folder)
    os.mkdir(out)
    total = max(count, len(files))
    for i in range(total):
        path = files[i % len(files)]
        shutil.copyfile(path, os.path.join(out, "%05d%s" % (i, os.path.splitext(path)[1])))
    return total


def show(pairs):
    values = []
    for ratios in zip(*pairs):
        low, middle, high = statistics.quantiles(ratios, n=4)
        values.append("%.3f (%.3f-%.3f)" % (middle, low, high))
    return " | ".join(values)


def compare(options, folder, name, files, jobs, views):
    programs = {p: os.path.join(options.bin, p) for p in ("phash", "bench-throughput")}
    common = ["--jobs", jobs, "--pipeline", options.pipeline, "--views", views]
    scan = [programs["phash"], "scan", "--quiet", "--list", options.list] + common
    runs = [[programs["bench-throughput"], "--once"] + common + [folder],
            scan + ["--no-sandbox", folder],
            scan + [folder]]
    ratios = {"scan --no-sandbox / loop": [], "scan / loop": [], "scan / scan --no-sandbox": []}
    loops = []
    for turn in range(options.rounds + 1):
        taken = {}
        for i in range(3):
            k = (turn + i) % 3
            taken[k] = run(runs[k]) if k else run_loop(runs[k])
        if turn == 0:
            continue
        loops.append(taken[0][0])
        for what, (a, b) in zip(ratios, ((1, 0), (2, 0), (2, 1))):
            ratios[what].append([x / y for x, y in zip(taken[a], taken[b])])
    milliseconds = 1000 * statistics.median(loops) / files
    for what, pairs in ratios.items():
        print("| %s | %d | %s | %s | %s | %.2f | %s |" % (name, files, jobs, views, what, milliseconds, show(pairs)),
              flush=True)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    for option, default, kind in (("rounds", 11, int), ("files", 400, int), ("views", "none", str),
                                  ("jobs", "1,2", str), ("list", None, str), ("pipeline", "luma", str)):
        parser.add_argument("--" + option, default=default, type=kind)
    parser.add_argument("bin")
    parser.add_argument("folders", nargs="+")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as work:
        if options.list is None:
            options.list = os.path.join(work, "no_match.txt")
            with open(options.list, "w", encoding="ascii") as out:
                out.write("%064x\n" % (2**256 // 3))
        print("| folder | files | threads | views | ratio | loop, ms a file | elapsed (quartiles) "
              "| processor (quartiles) |\n|---|---|---|---|---|---|---|---|")
        for k, folder in enumerate(options.folders):
            copies = os.path.join(work, str(k))
            files = repeated(folder.rstrip("/"), options.files, copies)
            for jobs in options.jobs.split(","):
                for views in options.views.split(","):
                    compare(options, copies, os.path.basename(folder.rstrip("/")), files, jobs, views)
            shutil.rmtree(copies)


main()
