"""Estimates with their intervals: shares, means, spreads, distributions and correlations. Plain numbers in and out."""

from dataclasses import dataclass
from math import atanh, log, sqrt, tanh

import numpy as np
from numpy.typing import NDArray
from scipy import special

Numbers = NDArray[np.float64]

NORMAL_95 = float(special.ndtri(0.975))


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many, with the interval of the share; no share of nobody."""

    count: int
    of: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and standard deviation of a sample, each with its interval; None where the sample is too small."""

    n: int
    mean: float | None
    low: float | None
    high: float | None
    sd: float | None
    sd_low: float | None
    sd_high: float | None


@dataclass(frozen=True, slots=True)
class Distribution:
    """The cumulative distribution of a sample: at each value the share of people at or below it, with a band."""

    n: int
    values: Numbers
    share: Numbers
    low: Numbers
    high: Numbers


@dataclass(frozen=True, slots=True)
class Correlation:
    """How two changes go together: Pearson's r with its interval, over the people who have both."""

    n: int
    r: float | None
    low: float | None
    high: float | None


def wilson(count: int, of: int, level: float = 0.95) -> Share:
    """Give a share with Wilson's score interval.

    Parameters:
        count: how many.
        of: of how many.
        level: coverage of the interval.

    Returns:
        The share and its interval, from 0 to 1; None in their places when `of` is 0.

    Raises:
        ValueError: the count is negative or larger than the whole.

    References:
        Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953.

    Example:
        >>> share = wilson(42, 60)
        >>> round(share.low, 2), round(share.high, 2)
        (0.57, 0.8)
    """
    if not 0 <= count <= of:
        raise ValueError(f"{count} of {of} is no share")
    if of == 0:
        return Share(0, 0, None, None, None)
    share, z2 = count / of, float(special.ndtri((1 + level) / 2)) ** 2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = sqrt(z2 * (share * (1 - share) + z2 / (4 * of)) / of) / (1 + z2 / of)
    return Share(
        count, of, share, max(0.0, middle - half) if count else 0.0, min(1.0, middle + half) if count < of else 1.0
    )


def spread(values: Numbers, level: float = 0.95) -> Spread:
    """Give mean and standard deviation with a t and a chi-square interval.

    Parameters:
        values: the sample; what is not a number is left out.
        level: coverage of the intervals.

    Returns:
        The estimates. One value has a mean only; none has nothing.

    References:
        Student 1908, https://doi.org/10.1093/biomet/6.1.1.

    Example:
        >>> found = spread(np.array([-4.0, -2.0, 0.0, float("nan")]))
        >>> found.n, found.mean, found.sd
        (3, -2.0, 2.0)
    """
    known = values[np.isfinite(values)]
    n = len(known)
    if n == 0:
        return Spread(0, None, None, None, None, None, None)
    mean = float(known.mean())
    if n == 1:
        return Spread(1, mean, None, None, None, None, None)
    sd = float(known.std(ddof=1))
    half = float(special.stdtrit(n - 1, (1 + level) / 2)) * sd / sqrt(n)
    squares = (n - 1) * sd**2
    return Spread(
        n,
        mean,
        mean - half,
        mean + half,
        sd,
        sqrt(squares / float(special.chdtri(n - 1, (1 - level) / 2))),
        sqrt(squares / float(special.chdtri(n - 1, (1 + level) / 2))),
    )


def quantiles(values: Numbers, shares: tuple[float, ...] = (0.1, 0.25, 0.5, 0.75, 0.9)) -> dict[float, float]:
    """Give quantiles of what is a number, interpolated between neighbours; empty without any.

    References:
        Type 7 of Hyndman & Fan 1996, https://doi.org/10.1080/00031305.1996.10473566.

    Example:
        >>> quantiles(np.array([1.0, 2.0, 3.0, 4.0]), (0.5,))
        {0.5: 2.5}
    """
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return {}
    return dict(zip(shares, np.quantile(known, shares).tolist(), strict=True))


def distribution(values: Numbers, level: float = 0.95) -> Distribution:
    """Give the cumulative distribution of a sample with a band that holds for all values at once.

    Parameters:
        values: the sample; what is not a number is left out.
        level: how often the whole true distribution lies inside the band.

    Returns:
        Each different value once, ascending, with the share at or below it and the band of Dvoretzky, Kiefer and
        Wolfowitz with Massart's constant, ±√(ln(2/(1−level))/(2n)), cut off at 0 and 1.

    References:
        Massart 1990, https://doi.org/10.1214/aop/1176990746.

    Example:
        >>> distribution(np.array([-3.0, 0.0, 0.0, 2.0])).share.tolist()
        [0.25, 0.75, 1.0]
    """
    known = values[np.isfinite(values)]
    n = len(known)
    found, counts = np.unique(known, return_counts=True)
    share = np.cumsum(counts) / max(n, 1)
    half = sqrt(log(2 / (1 - level)) / (2 * max(n, 1)))
    return Distribution(n, found, share, np.maximum(share - half, 0.0), np.minimum(share + half, 1.0))


def correlation(one: Numbers, other: Numbers, level: float = 0.95) -> Correlation:
    """Correlate two columns over the people who have both.

    Parameters:
        one: a value for each person, not a number where missing.
        other: the same people's other value.
        level: coverage of the interval.

    Returns:
        Pearson's r with the interval of Fisher's transformation. Fewer than four people, or no variation in one of the
        columns, leave it unknown.

    References:
        Fisher 1921, Metron 1:3.

    Example:
        >>> correlation(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 3.0, 2.0, 4.0])).r
        0.8
    """
    both = np.isfinite(one) & np.isfinite(other)
    x, y = one[both] - one[both].mean() if both.any() else one[both], other[both]
    y = y - y.mean() if len(y) else y
    n, size = len(x), sqrt(float(x @ x) * float(y @ y))
    if n < 4 or size == 0.0:  # noqa: PLR2004  (Fisher's interval divides by √(n − 3))
        return Correlation(n, None, None, None)
    r = max(-1.0, min(1.0, float(x @ y) / size))
    if abs(r) == 1.0:
        return Correlation(n, r, r, r)
    half = float(special.ndtri((1 + level) / 2)) / sqrt(n - 3)
    return Correlation(n, r, tanh(atanh(r) - half), tanh(atanh(r) + half))
