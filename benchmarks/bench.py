"""What a benchmark is given: sizes, how often to measure, and the clinics and sites made so far."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.clinics import Made, clinic
from benchmarks.measuring import Row
from benchmarks.site import Site, open_site
from outcomes.instruments.catalogue import Catalogue, load_catalogue

SIZES = (100, 1_000, 10_000)
LARGE = 100_000
ROUNDS = 5


@dataclass
class Bench:
    """One run. Clinics are made when a benchmark first asks for them and shared by all."""

    folder: Path
    sizes: tuple[int, ...] = SIZES
    rounds: int = ROUNDS
    tell: Callable[[str], None] = lambda _text: None
    catalogue: Catalogue = field(default_factory=load_catalogue)
    clinics: dict[int, Made] = field(default_factory=dict)
    sites: dict[int, Site] = field(default_factory=dict)

    @property
    def largest(self) -> int:
        """The size at which single figures are taken; never above 10 000, for which the targets are set."""
        return max(size for size in self.sizes if size <= max(min(self.sizes), SIZES[-1]))

    @property
    def middle(self) -> int:
        """The size of a clinic that is large today."""
        return max(size for size in self.sizes if size <= max(min(self.sizes), SIZES[1]))

    def clinic(self, people: int) -> Made:
        """Return the invented clinic of this size."""
        if people not in self.clinics:
            self.tell(f"making a clinic of {people:,} patients")
            self.clinics[people] = clinic(people, self.folder, self.catalogue)
        return self.clinics[people]

    def site(self, people: int) -> Site:
        """Return the web application over that clinic."""
        if people not in self.sites:
            self.sites[people] = open_site(self.clinic(people), self.folder)
        return self.sites[people]

    def close(self) -> None:
        """Let go of the databases."""
        for made in self.clinics.values():
            made.engine.dispose()
        for site in self.sites.values():
            site.records.engine.dispose()


Benchmark = Callable[[Bench], Iterator[Row]]
