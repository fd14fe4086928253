"""How fast is the mixed model, individual effects and their errors included? `python -m benchmarks.mixed`.

The peer is lme4 (Debian: r-cran-lme4), asked in the same run, turn by turn; without it, its times of an earlier run
stand in. Set OPENBLAS_NUM_THREADS=1, so that both use one processor.
"""

import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.coverage import Truth, simulate
from outcomes.change import mixed

SIZES = (50, 500, 5000)
ROUNDS = 7
EARLIER = {50: 0.017, 500: 0.040, 5000: 0.33}  # seconds of lme4 1.1.31 for the fit alone
EARLIER_STATSMODELS = {50: 0.12, 500: 1.06, 5000: 13.0}  # seconds of statsmodels 0.15.0, default optimiser
R = r"""
suppressMessages(library(lme4))
lines <- file("stdin"); open(lines)
while (length(path <- readLines(lines, n = 1)) > 0) {
  d <- read.csv(path)
  fit <- system.time(m <- suppressWarnings(suppressMessages(lmer(score ~ post + (post | patient), d))))
  all <- system.time(r <- ranef(m, condVar = TRUE))
  seconds <- function(taken) taken[["user.self"]] + taken[["sys.self"]]
  cat(seconds(fit), seconds(all), format(REMLcrit(m), digits = 15), "\n")
  flush(stdout())
}
"""


@dataclass(frozen=True)
class Timing:
    """Median seconds of one processor, ours and lme4's."""

    patients: int
    scores: int
    ours: float
    lme4: float
    lme4_individual: float
    measured: bool  # whether lme4 was asked in this run
    criterion_above: float

    @property
    def ratio(self):
        return self.ours / self.lme4


class Lme4:
    """A running R that fits the table named on each line."""

    def __init__(self):
        program = shutil.which("Rscript")
        self.process = None
        if program is not None and self._is_there(program):
            arguments = [program, "-e", R]
            pipe = subprocess.PIPE
            self.process = subprocess.Popen(arguments, stdin=pipe, stdout=pipe, text=True)  # noqa: S603 (our own R)

    @staticmethod
    def _is_there(program):
        """Whether R has lme4; an R that came for something else has not."""
        asked = [program, "-e", 'stopifnot(requireNamespace("lme4", quietly = TRUE))']
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0  # noqa: S603 (our own R)

    def fit(self, path):
        """Return seconds of the fit, seconds of the individual effects, and the criterion."""
        self.process.stdin.write(f"{path}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        return tuple(float(word) for word in answer) if answer else None

    def close(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()


def write(path, names, scores, post):
    lines = [f"p{name},{score},{when:g}" for name, score, when in zip(names, scores, post, strict=True)]
    path.write_text("\n".join(["patient,score,post", *lines]) + "\n")


def timing(patients, rival, folder):
    """Time both, turn by turn, on one invented clinic of five follow-ups."""
    names, scores, post, _ = simulate(np.random.default_rng(patients), patients, 1, Truth(follow_ups=5))
    path = folder / f"{patients}.csv"
    write(path, names, scores.round(6), post)
    design, own, other, individual, above = mixed.before_after(post), [], [], [], 0.0
    for _ in range(ROUNDS):
        started = time.process_time()
        fit = mixed.fit(names, scores.round(6), design)
        own.append(time.process_time() - started)
        answer = rival.fit(path) if rival.process is not None else None
        if answer is not None:
            other.append(answer[0])
            individual.append(answer[1])
            above = fit.reml_criterion - answer[2]
    lme4 = median(other) if other else EARLIER[patients]
    return Timing(patients, len(scores), median(own), lme4, median(individual or [0.0]), bool(other), above)


def timings():
    """Return the timings at all sizes."""
    rival = Lme4()
    with tempfile.TemporaryDirectory() as folder:
        found = [timing(patients, rival, Path(folder)) for patients in SIZES]
    rival.close()
    return found


def main():
    head = ["patients", "scores", "ours, s", "lme4 fit, s", "+ individual, s", "ours / fit", "statsmodels / ours"]
    print("| " + " | ".join([*head, "criterion above lme4's"]) + " |\n" + "|---" * (len(head) + 1) + "|")
    for one in timings():
        cells = [one.patients, one.scores, f"{one.ours:.4f}", f"{one.lme4:.3f}", f"{one.lme4_individual:.3f}"]
        cells += [
            f"{one.ratio:.2f}",
            f"{EARLIER_STATSMODELS[one.patients] / one.ours:.0f}",
            f"{one.criterion_above:.1e}",
        ]
        print(
            "| " + " | ".join(str(cell) for cell in cells) + " |" + ("" if one.measured else " (lme4: an earlier run)")
        )


if __name__ == "__main__":
    main()
