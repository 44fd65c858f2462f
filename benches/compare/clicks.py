#!/usr/bin/env python3
"""The click head beside Vowpal Wabbit, on the same rows in the same order.

Both foretell each row, then learn it. Rows: the validation and test files of Frappe (libfm), shuffled with one
seed. Where the files are not there, nothing is compared, and it says so. `make compare` runs it; it is no part of
`make test`, because it installs Vowpal Wabbit from PyPI into a cache folder.

Two sets of figures stand side by side: over all rows, and without the first fifth, when both are still new. The
settings of both were chosen on these very rows; so with `--held-back` the rows are split by another order, and each half
is a stream of its own: what was chosen by the first half must win on the second.
Processor time is that of the whole process, reading included, as the system accounts for it.
"""

import gzip
import itertools
import json
import math
import os
import random
import resource
import subprocess
import sys
import venv
from pathlib import Path

VERSION = "9.11.9"
SEED = 7
SKIP = 0.2
FIELDS = "uiabcdefgh"
REPOSITORY = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("FRESHET_CACHE", Path.home() / ".cache" / "freshet-tools")) / "compare"

# What was tried by hand before: 20 settings, the best of them stand here beside the plain ones.
RIVALS = [
    ["--ftrl"],
    ["--ftrl", "-q", "ui"],
    ["--ftrl", "--lrq", "ui8"],
    ["--ftrl", "--lrq", "ui16"],
    ["--ftrl", "--ftrl_alpha", "1.0", "--lrq", "ui16"],
    ["--ftrl", "-q", "ui", "--lrq", "ui16"],
]
DIMENSIONS = [16, 64]
# With `--held-back`: dimensions and learning rate, the defaults first, then settings beside them.
SPLIT = 20261121
NEIGHBOURS = [(32, 0.2), (32, 0.1), (32, 0.15), (32, 0.3), (16, 0.2), (64, 0.2)]


def data():
    """The folder with Frappe's files, or none."""
    beside = [REPOSITORY.parent / "shared" / "data", REPOSITORY.parents[1] / "shared" / "data"]
    said = os.environ.get("FRESHET_DATA")
    folders = [Path(said)] if said else beside
    return next((folder / "frappe" for folder in folders if (folder / "frappe").is_dir()), None)


def shuffled(folder):
    """All rows in an order that depends on the seed alone."""
    rows = []
    for name in ["frappe.validation.libfm.gz", "frappe.test.libfm.gz"]:
        with gzip.open(folder / name, "rt") as file:
            rows += [line.split() for line in file if line.strip()]
    random.Random(SEED).shuffle(rows)
    return rows


def rival():
    """Python with Vowpal Wabbit, installed once."""
    home = CACHE / f"vowpalwabbit-{VERSION}"
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        print(f"installing vowpalwabbit {VERSION} from PyPI into {home}", file=sys.stderr)
        venv.create(home, with_pip=True, clear=True)
        wanted = f"vowpalwabbit=={VERSION}"
        subprocess.run([python, "-m", "pip", "install", "-q", "--only-binary", ":all:", wanted], check=True)
        (home / "ready").touch()
    return python


def timed(command, **options):
    """Runs a command; what it printed, and its processor seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, check=True, **options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def log_loss(said, labels):
    clamped = (min(max(p, 1e-7), 1 - 1e-7) for p in said)
    return -sum(math.log(p if label else 1 - p) for p, label in zip(clamped, labels)) / len(labels)


def auc(said, labels):
    """How often a clicked row was foretold higher than one that was not; equal ones count half."""
    order = sorted(zip(said, labels))
    below = pairs = clicks = 0.0
    for _, group in itertools.groupby(order, key=lambda one: one[0]):
        group = [label for _, label in group]
        clicked = sum(group)
        pairs += clicked * (below + (len(group) - clicked) / 2)
        below += len(group) - clicked
        clicks += clicked
    return pairs / (below * clicks)


def ask_rival(python, file, labels, setting):
    predictions = CACHE / "predictions.txt"
    command = [python, "-m", "vowpalwabbit", "-d", file, "-p", predictions, "--quiet", "-b", "22"]
    command += ["--loss_function", "logistic", "--link", "logistic", *setting]
    _, seconds = timed(command)
    said = [float(line.split()[0]) for line in predictions.read_text().splitlines()]
    behind = int(SKIP * len(labels))
    figures = [log_loss(said, labels), auc(said, labels)]
    figures += [log_loss(said[behind:], labels[behind:]), auc(said[behind:], labels[behind:])]
    return ["vw " + " ".join(setting), *figures, seconds / len(labels)]


def ask_ours(binary, file, rows, dimensions, rate=None):
    command = [binary, "evaluate", "--clicks", file, "--dimensions", str(dimensions), "--skip", str(SKIP)]
    chosen = {} if rate is None else {"FRESHET__MODEL__CLICK__LEARNING_RATE": str(rate)}
    done, seconds = timed([*command, "-o", "json", "-q"], stdout=subprocess.PIPE, env={**os.environ, **chosen})
    told = json.loads(done.stdout)
    trial = told["trials"][0]
    assert told["rows"] == rows, "both read the same rows"
    figures = [trial[part][name] for part in ["all", "behind"] for name in ["log_loss", "auc"]]
    name = f"freshet, {dimensions} dimensions" + (f", rate {rate}" if rate else "")
    return [name, *figures, seconds / rows]


def main():
    folder = data()
    if folder is None:
        print("skipped: Frappe's files are not there. Put them into FRESHET_DATA/frappe; they must not be redistributed.")
        return
    target = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    binary = target / "release" / "freshet"
    CACHE.mkdir(parents=True, exist_ok=True)
    rows, python = shuffled(folder), rival()
    print(f"Frappe; vowpalwabbit {VERSION}\n")
    if "--held-back" in sys.argv[1:]:
        random.Random(SPLIT).shuffle(rows)
        half = len(rows) // 2
        beside(binary, python, rows[:half], ("tuning half", NEIGHBOURS))
        beside(binary, python, rows[half:], ("held-back half", NEIGHBOURS))
        return
    ours, theirs = beside(binary, python, rows, (f"order of seed {SEED}", [(k, None) for k in DIMENSIONS]))
    best, rival_best = min(ours, key=lambda one: one[1]), min(theirs, key=lambda one: one[1])
    print(f"{best[0]} against {rival_best[0]}: log loss {best[1] / rival_best[1]:.3f} times,")
    print(f"rows/s a thread {rival_best[5] / best[5]:.2f} times (reading included on both sides)")


def beside(binary, python, rows, named):
    """Both on the same rows; what each setting came to."""
    name, settings = named
    labels = [row[0] == "1" for row in rows]
    libfm, native = CACHE / "frappe.libfm", CACHE / "frappe.vw"
    libfm.write_text("".join(" ".join(row) + "\n" for row in rows))
    features = lambda row: " ".join(f"|{field} {word.split(':')[0]}" for field, word in zip(FIELDS, row[1:]))
    native.write_text("".join(f"{row[0]} {features(row)}\n" for row in rows))
    print(f"{name}: {len(rows):,} rows, {sum(labels):,} of them clicked")
    heading = f"{'':<46} {'log loss':>8} {'AUC':>6}   behind the first {SKIP:.0%}   µs a row  rows/s a thread"
    print(heading)
    ours = [ask_ours(binary, libfm, len(rows), *setting) for setting in settings]
    theirs = [ask_rival(python, native, labels, setting) for setting in RIVALS]
    for name, loss, area, loss_behind, area_behind, seconds in ours + theirs:
        told = f"{name:<46} {loss:>8.4f} {area:>6.4f}   {loss_behind:>10.4f} {area_behind:.4f}"
        print(f"{told}   {seconds * 1e6:>8.1f}  {1 / seconds:>15,.0f}")
    print()
    return ours, theirs


if __name__ == "__main__":
    main()
