#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What decoding in confined processes costs: cost.py [--rounds N] PROGRAM FOLDER...

Runs phash hash and phash scan over each folder with and without --no-sandbox in turns; who comes first changes with
every turn. Prints the median of the ratios of elapsed and of processor time, with quartiles. The folders are those that
bench/throughput/run.sh makes, such as build/bench/copies/500x375.jpeg.
"""
import os
import statistics
import sys
import time


def run(arguments):
    """Elapsed seconds, and processor seconds of the program and of all processes it waited for."""
    begun = time.perf_counter()
    pid = os.posix_spawn(arguments[0], arguments, os.environ,
                         file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
    _, status, usage = os.wait4(pid, 0)
    elapsed = time.perf_counter() - begun
    if os.waitstatus_to_exitcode(status) not in (0, 1, 2):  # 2: some picture is too flat to be judged
        sys.exit("this failed: " + " ".join(arguments))
    return elapsed, usage.ru_utime + usage.ru_stime


def show(name, ratios):
    low, middle, high = statistics.quantiles(ratios, n=4)
    return "%s %.3f (%.3f-%.3f)" % (name, middle, low, high)


def compare(command, rounds, files):
    ratios = []
    for turn in range(rounds + 1):
        how = [[], ["--no-sandbox"]]
        taken = {}
        for options in how if turn % 2 else reversed(how):
            taken[len(options)] = run(command[:2] + options + command[2:])
        if turn:  # the first fills the page cache
            ratios.append([a / b for a, b in zip(taken[0], taken[1])])
    milliseconds = 1000 * taken[0][0] / files
    print("%-34s %4d files, %6.2f ms a file, with / without: %s, %s" % (
        " ".join(command[1:2] + command[-3:-1] + [os.path.basename(command[-1])]), files, milliseconds,
        show("elapsed", [r[0] for r in ratios]), show("processor", [r[1] for r in ratios])), flush=True)


def main():
    arguments = sys.argv[1:]
    rounds = 15
    if arguments[:1] == ["--rounds"]:
        rounds = int(arguments[1])
        arguments = arguments[2:]
    if len(arguments) < 2:
        sys.exit(__doc__)
    program, folders = arguments[0], [f.rstrip("/") for f in arguments[1:]]
    no_match = "/dev/shm/phash-cost-%d" % os.getpid()
    with open(no_match, "w", encoding="ascii") as out:
        out.write("%064x\n" % (2**256 // 3))
    try:
        for folder in folders:
            files = sum(len(names) for _, _, names in os.walk(folder))
            for jobs in ("1", "2"):
                compare([program, "hash", "--quiet", "--jobs", jobs, folder], rounds, files)
                compare([program, "scan", "--quiet", "--list", no_match, "--jobs", jobs, folder], rounds, files)
    finally:
        os.unlink(no_match)


main()
