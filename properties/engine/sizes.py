"""Size: how many records, AMPs and gzip members a drawn case is given, and how many are tried.

None of the rules depends on how much there is (FL-30), so every property that loads is tried with
large cases too. A large case is a drawn small one whose rows are repeated and varied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar, get_args

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from specs.contract.results import Profile

_Scenario = TypeVar("_Scenario")

SHARE = 8
"""One in so many examples of a property is a large one."""

FEWEST_EXAMPLES = 2
"""At least so many examples of a property are large, unless its subject has no size."""

FEWEST_RECORDS = 100
MOST_RECORDS = 5_000
MOST_RECORDS_UNDER_SETTINGS = 300
"""Candidates offer settings under which small inputs take the ways of large ones."""

RECORDS = (
    *(FEWEST_RECORDS, 127, 128, 129, 200, 255, 256, 257, 300, 400, 511, 512, 513, 700),
    *(1_000, 1_023, 1_024, 1_025, 1_500, 2_047, 2_048, 2_049, 3_000),
    *(4_095, 4_096, 4_097, MOST_RECORDS),
)
AMPS = (64, 65, 100, 127, 128, 200, 255, 256, 257, 1_000, 1_024, 4_096)

Near = Literal["count", "block", "64 KB"]


@dataclass(frozen=True)
class Growth:
    """What a drawn case becomes. ``records`` 0: nothing else than it is.

    ``near`` says what the number of records is fitted to: to ``records`` itself, or to the end of
    a block or to 65,536 bytes of records, ``beyond`` records beyond it (-1, 0 or 1). ``amps`` None
    leaves the system as it is. Compressed inputs get as many gzip ``members``. Everything that is
    picked at random follows from ``seed``.
    """

    records: int
    seed: int = 0
    near: Near = "count"
    beyond: int = 0
    amps: int | None = None
    members: int = 1

    def at_most(self, records: int) -> Growth:
        """The same with fewer records, if it has more than that."""
        if self.records <= records:
            return self
        return Growth(records, self.seed, self.near, self.beyond, self.amps, self.members)


@dataclass(frozen=True)
class Sizes(Generic[_Scenario]):
    """How large the scenarios of a property become.

    ``grow`` makes a large scenario out of a small one; None when that one has nothing to repeat.
    ``records``: profile -> numbers of records to choose from. ``exactly``: so many examples are
    large, whatever their number; None: one in `SHARE`.
    """

    grow: Callable[[_Scenario, Growth], _Scenario | None]
    records: Mapping[Profile, Sequence[int]] = field(
        default_factory=lambda: dict.fromkeys(get_args(Profile), RECORDS)
    )
    exactly: int | None = None

    def examples(self, examples: int) -> int:
        """How many of a property's examples are large."""
        return self.exactly or max(FEWEST_EXAMPLES, round(examples / SHARE))


def growths(records: Sequence[int] = RECORDS) -> SearchStrategy[Growth]:
    """Growths that shrink to none at all, then to few records and the seed 0."""
    nears: tuple[Near, ...] = ("count", "count", "block", "64 KB")
    return st.builds(
        Growth,
        records=st.sampled_from((0, *records)),
        seed=st.integers(0, 2**16),
        near=st.sampled_from(nears),
        beyond=st.sampled_from((0, 1, -1)),
        amps=st.sampled_from((None, None, *AMPS)) | st.none(),
        members=st.integers(1, 3),
    )
