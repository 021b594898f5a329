#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#SBATCH --job-name=phash
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
# Scan a folder as a job array of Slurm, one part a task; all nodes must see LIST, FOLDER and WORK, the current folder's
# file system is a common choice. From the folder with these examples:
#
#   mkdir work
#   array=$(sbatch --parsable --array=1-16 slurm-array.sh "$PWD" LIST FOLDER work)
#   sbatch --dependency=afterok:$array --wrap "phash merge --expect 16 -o result.jsonl work/part-*[0-9]"
#
# A task that failed, or was killed, is done again by the same command: the parts that are there are kept.
set -eu
here=$1 list=$2 folder=$3 work=$4
JOBS=${SLURM_CPUS_PER_TASK:-1} exec sh "$here/scan-part.sh" "$list" "$folder" "$SLURM_ARRAY_TASK_ID" \
    "$SLURM_ARRAY_TASK_COUNT" "$work"
