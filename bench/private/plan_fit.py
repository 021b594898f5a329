#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fit the planner's model, libphash/match/plan_model.c, on what plan-data counted. plan_fit.sh runs all of it.

    plan_fit.py FLIPS PHOTOS                the flip model, with views in turn        >plan_model.c
    plan_fit.py FLIPS PHOTOS REACH          the flip model and the order of views     >plan_model.c
    plan_fit.py evaluate MODEL REACH        shares found with a model's order, on other pictures

FLIPS and REACH are the outputs of plan-data, PHOTOS says in words what they were made of. The flip model: a logistic
regression of "this bit differs from the listed hash" on the bit's rank by margin and its place in zigzag order. The
order of views: greedy, each step gives the view and the number of tokens that bring most pictures a token, counting
only pictures that no earlier step found. Needs numpy.
"""
import re
import sys

import numpy

RANK_KNOTS = [0, 5, 10, 20, 40, 80, 120, 200, 255]
PLACE_KNOTS = [0, 64, 128, 192, 255]
BUDGET_MAX = 1024
RADIUS = 31
STEPS = numpy.array([1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96])
FLIPS = ["rotate90", "rotate180", "rotate270", "flipx", "flipy", "flipplus1", "flipminus1"]
# Pictures that plain PDQ finds weigh more than others, for each number of bands: what it finds is to be kept.
PLAIN_WEIGHT = {6: 1.0, 7: 1.0, 8: 1.0}
# How far tokens needed by a picture like one of the training pictures may lie from it: larger is nearer.
LIKENESS = 3.0


def class_of(name):
    return 0 if name == "original" else 1 if name in FLIPS + ["border"] else 2


def hats(knots, x):
    """Values of the functions that are 1 at one knot, 0 at the others and linear between."""
    return numpy.stack([numpy.interp(x, knots, row) for row in numpy.eye(len(knots))], 1)


# ---- which bits flip ----

def read_flips(path):
    counts = numpy.zeros((3, 8, 256, 8, 2))
    with open(path, encoding="ascii") as lines:
        for line in lines:
            name, distance, rank, share, bits, flips = line.split("\t")
            counts[class_of(name), int(distance), int(rank), int(share)] += (int(bits), int(flips))
    return counts


def fit_flips(counts):
    """Log odds that a bit stays, at the knots. Pictures nearer than 8 need no flips and farther than 48 are out of
    reach: neither has a say."""
    cells = counts[1:6].sum(0).reshape(-1, 2)
    rank, share = numpy.divmod(numpy.arange(len(cells)), 8)
    x = numpy.concatenate([hats(RANK_KNOTS, rank), hats(PLACE_KNOTS, 32 * share + 16)], 1)
    n, stay = cells[:, 0], cells[:, 0] - cells[:, 1]
    beta = numpy.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + numpy.exp(-x @ beta))
        gradient = x.T @ (stay - n * p) - beta
        hessian = (x.T * (n * p * (1 - p))) @ x + numpy.eye(len(beta))
        step = numpy.linalg.solve(hessian, gradient)
        beta += step
        if numpy.abs(step).max() < 1e-6:
            break
    by_rank, by_place = beta[:len(RANK_KNOTS)], beta[len(RANK_KNOTS):]
    return numpy.maximum.accumulate(by_rank + by_place.mean()), by_place - by_place.mean()


# ---- which views, and how much of each ----

class Reach:
    """needed[m][i, v]: tokens of view v alone until picture i is found; infinite when never."""

    def __init__(self, path):
        with open(path, encoding="ascii") as lines:
            self.names = next(lines).rstrip("\n").split("\t")
            rows = [line.rstrip("\n").split("\t") for line in lines]
        self.edit = [row[0] for row in rows]
        usable = numpy.array([row[2] == "1" for row in rows])
        self.plain = usable & (numpy.array([int(row[3]) for row in rows]) <= RADIUS)
        self.near = usable & (numpy.array([int(row[4]) for row in rows]) <= RADIUS)
        self.needed = {}
        for m in (6, 7, 8):
            table = numpy.full((len(rows), len(self.names)), numpy.inf)
            for i, row in enumerate(rows):
                for field in row[m - 1].split(",")[1:]:
                    view, tokens = field.split(":")
                    table[i, int(view)] = int(tokens)
            self.needed[m] = table


def chance(given, needed):
    """That a picture like one which needs so many tokens is found with as many as are given."""
    with numpy.errstate(divide="ignore"):
        return 1 / (1 + (needed / (given + .25)) ** LIKENESS)


def choose_steps(reach, m):
    of = reach.near
    needed = reach.needed[m][of]
    weight = numpy.where(reach.plain[of], PLAIN_WEIGHT[m], 1.0)
    given = numpy.zeros(needed.shape[1], int)
    missed = numpy.ones(needed.shape)  # by each view
    steps = []
    while given.sum() < BUDGET_MAX:
        missed_by_all = missed.prod(1)
        best = (-1, 0, 0)
        for v in range(needed.shape[1]):
            rows = numpy.isfinite(needed[:, v]) & (missed[:, v] > 1e-9)
            now = chance(given[v], needed[rows, v]) if given[v] else 0
            then = chance(given[v] + STEPS[:, None], needed[rows, v])
            share = (weight[rows] * missed_by_all[rows] / missed[rows, v])
            gains = ((then - now) * share).sum(1) / STEPS
            k = int(gains.argmax())
            if gains[k] > best[0]:
                best = (gains[k], v, int(STEPS[k]))
        _, v, count = best
        given[v] += count
        rows = numpy.isfinite(needed[:, v])
        missed[rows, v] = 1 - chance(given[v], needed[rows, v])
        if steps and steps[-1][0] == v:
            steps[-1] = (v, steps[-1][1] + count)
        else:
            steps.append((v, count))
    asked = {v for v, _ in steps}
    return steps + [(v, m) for v in range(needed.shape[1]) if v not in asked]


# ---- how much that finds ----

def shares(reach, m, steps, budgets):
    """For each budget: of what plain PDQ finds, and all that is found as a multiple of that."""
    out = []
    for budget in budgets:
        given = numpy.zeros(len(reach.names), int)
        for v, count in steps:
            given[v] += min(count, budget - given.sum())
        found = reach.near & (reach.needed[m] <= given).any(1)
        out.append(((found & reach.plain).sum() / reach.plain.sum(), found.sum() / reach.plain.sum()))
    return out


def print_shares(reach, schedules, out):
    budgets = [64, 128, 192, 256, 384, 512]
    print("%d pictures, plain PDQ finds %.3f, views %.3f (%.3f times)" % (
        len(reach.plain), reach.plain.mean(), reach.near.mean(), reach.near.sum() / reach.plain.sum()), file=out)
    for m, steps in schedules.items():
        print("m = %d: " % m + "  ".join("%d: %.3f %.3f" % ((b,) + pair)
                                         for b, pair in zip(budgets, shares(reach, m, steps, budgets))), file=out)


def read_model(path, names):
    with open(path, encoding="ascii") as file:
        text = file.read()
    views = re.findall(r'^    \{"([^"]+)", \d\},$', text, re.M)
    schedules = {}
    for m, body in re.findall(r"steps_of_(\d)\[\] = \{(.*?)\};", text, re.S):
        schedules[int(m)] = [(names.index(views[int(v)]), int(count))
                             for v, count in re.findall(r"\{(\d+), (\d+)\}", body)]
    return schedules


# ---- the file ----

def floats(values):
    return "{" + ", ".join("%.3ff" % (v + 0) for v in values) + "}"


def print_model(flips, names, schedules, photos):
    print("/* SPDX-License-Identifier: Apache-2.0 */")
    print("/* Written by bench/private/plan_fit.py; do not edit.")
    print(" *")
    for line in photos.split("; "):
        print(" * %s." % line)
    print(" */")
    print('#include "match/plan_model.h"\n')
    print("const uint8_t phash_plan_rank_knots[PHASH_PLAN_RANKS] = {%s};" % ", ".join(map(str, RANK_KNOTS)))
    print("const uint8_t phash_plan_place_knots[PHASH_PLAN_PLACES] = {%s};\n" % ", ".join(map(str, PLACE_KNOTS)))
    print("/* the picture itself; what is inside a border, and the flips; edited views */")
    print("const phash_plan_flips phash_plan_flips_of[PHASH_PLAN_CLASSES] = {")
    for by_rank, by_place in flips:
        print("    {%s,\n     %s}," % (floats(by_rank), floats(by_place)))
    print("};\n\nconst phash_plan_view phash_plan_views[] = {")
    for name in names:
        print('    {"%s", %d},' % (name, class_of(name)))
    print("};\nconst size_t phash_plan_view_count = sizeof phash_plan_views / sizeof *phash_plan_views;")
    for m, steps in schedules.items():
        print("\nstatic const phash_plan_step steps_of_%d[] = {" % m)
        pieces = ["{%d, %d}," % step for step in steps]
        for at in range(0, len(pieces), 11):
            print("    " + " ".join(pieces[at:at + 11]))
        print("};")
    print("\nconst phash_plan_schedule phash_plan_schedules[3] = {")
    for m in schedules:
        print("    {steps_of_%d, sizeof steps_of_%d / sizeof *steps_of_%d}," % (m, m, m))
    print("};")


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "evaluate":
        reach = Reach(sys.argv[3])
        print_shares(reach, read_model(sys.argv[2], reach.names), sys.stdout)
    elif len(sys.argv) in (3, 4):
        flips = [fit_flips(of_class) for of_class in read_flips(sys.argv[1])]
        names, schedules = ["original"], {m: [(0, m)] for m in (6, 7, 8)}
        if len(sys.argv) == 4:
            reach = Reach(sys.argv[3])
            names, schedules = reach.names, {m: choose_steps(reach, m) for m in (6, 7, 8)}
            print_shares(reach, schedules, sys.stderr)
        print_model(flips, names, schedules, sys.argv[2])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
