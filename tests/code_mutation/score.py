"""The mutation score: which share of the mutants is killed, with its confidence interval."""

from collections import Counter
from collections.abc import Sequence
from math import sqrt

from tests.code_mutation.judge import MutantResult

Z_95 = 1.96  # 95 % of a normal distribution are within so many standard deviations


def confidence_interval(killed: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a proportion by Wilson's formula, good for shares close to 1.

    https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval#Wilson_score_interval
    """
    share = killed / total
    center = share + Z_95**2 / (2 * total)
    margin = Z_95 * sqrt(share * (1 - share) / total + Z_95**2 / (4 * total**2))
    scale = 1 + Z_95**2 / total
    return max(0.0, (center - margin) / scale), min(1.0, (center + margin) / scale)


def rows_by_package(results: Sequence[MutantResult]) -> list[tuple[str, int, int]]:
    """For each package: its name, the killed mutants and all of them."""
    packages = [(result.mutant.path.rpartition("/")[0], result.is_killed) for result in results]
    total = Counter(package for package, _ in packages)
    killed = Counter(package for package, is_killed in packages if is_killed)
    return [(package, killed[package], count) for package, count in sorted(total.items())]
