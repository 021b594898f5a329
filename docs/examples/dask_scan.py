# SPDX-License-Identifier: Apache-2.0
"""Scan a folder in parts as tasks of Dask, and merge them: dask_scan.py LIST FOLDER RESULT [PARTS [SCHEDULER]]

Without the address of a SCHEDULER the workers are processes of this machine. With one they must see the same folders.
"""
import os
import shutil
import subprocess
import sys

from distributed import Client, LocalCluster

HERE = os.path.dirname(os.path.abspath(__file__))


def scan_part(known, folder, part, count, work):
    """One task. A part that is there already is not scanned again, so Dask may run it a second time."""
    subprocess.run(["sh", os.path.join(HERE, "scan-part.sh"), known, folder, str(part), str(count), work], check=True)
    return os.path.join(work, "part-%d" % part)


def main(known, folder, result, count="8", scheduler=None):
    work = os.path.abspath(result) + ".parts"
    os.makedirs(work, exist_ok=True)
    client = Client(scheduler or LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None))
    try:
        numbers = range(1, int(count) + 1)
        parts = client.gather(client.map(scan_part, *zip(*[(known, folder, n, len(numbers), work) for n in numbers])))
    finally:
        client.close()
        if scheduler is None:
            client.cluster.close()
    subprocess.run([os.environ.get("PHASH", "phash"), "merge", "--expect", count, "--output", result, *parts],
                   check=True)
    shutil.rmtree(work)


if __name__ == "__main__":
    main(*sys.argv[1:])
