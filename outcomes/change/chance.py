"""How many people error alone puts beyond the band, when nothing has truly changed."""

from dataclasses import dataclass

from scipy.special import bdtr

SIDE = 0.025  # the band holds 95 of 100 differences; the others fall on its two sides


@dataclass(frozen=True, slots=True)
class ByChance:
    """How many of the people judged lie beyond one side of the band by error alone: expected, and at most."""

    judged: int
    expected: float
    most: int


def by_chance(judged: int, level: float = 0.975) -> ByChance:
    """Count whom error alone would put beyond one side of the band.

    A band of measurement error that covers variation from day to day leaves out one person in forty on each side, and
    how many that are in one cohort is binomial. More people than `most` are more than error explains; it does not
    follow that treatment explains them.

    Parameters:
        judged: people whose change could be judged.
        level: how often error alone stays at or below `most`.

    Returns:
        The expected number, and the smallest number that error alone exceeds no more often than 1 − level.

    Raises:
        ValueError: a negative number of people.

    References:
        Jacobson & Truax 1991, https://doi.org/10.1037/0022-006X.59.1.12 (the band).

    Example:
        >>> by_chance(40)
        ByChance(judged=40, expected=1.0, most=3)
    """
    if judged < 0:
        raise ValueError(f"{judged} people cannot be judged")
    most = next(count for count in range(judged + 1) if bdtr(count, judged, SIDE) >= level)
    return ByChance(judged, judged * SIDE, most)
