"""How fast the program is, as ratios. `python -m benchmarks` prints the table; it fails on nothing."""

import os

# one thread of linear algebra, for the figures are of one processor; must be said before numpy is loaded
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
