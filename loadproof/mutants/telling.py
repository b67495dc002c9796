"""The report on mutants: how many were noticed, by what, and which were not."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
from rich.table import Table

from loadproof.console import Console, shown
from loadproof.mutants.equivalents import Equivalent
from loadproof.mutants.trying import Tried
from reports.verdicts import ExitCode
from specs.contract.results import Profile

LEAST_SHARE = 0.97
"""The share of mutants, of those not argued to be equivalent, that has to be killed."""


class MutationTest(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a sample of ``mutants`` mutants of one loader.

    ``argued``: by position in ``tried``, why one is argued to be equivalent.
    """

    loader: str
    profile: Profile
    seed: int
    mutants: int
    tried: tuple[Tried, ...]
    argued: dict[int, str]
    stale: tuple[Equivalent, ...] = ()

    def _of(self, fate: str) -> list[int]:
        return [number for number, one in enumerate(self.tried) if one.fate == fate]

    @property
    def survivors(self) -> list[Tried]:
        """Those that nothing noticed and nobody argues to be equivalent."""
        return [self.tried[number] for number in self._of("survived") if number not in self.argued]

    @property
    def equivalents(self) -> list[tuple[Tried, str]]:
        """Those that nothing noticed, with why nothing could."""
        survived = self._of("survived")
        return [(self.tried[n], self.argued[n]) for n in survived if n in self.argued]

    @property
    def refuted(self) -> list[tuple[Tried, str]]:
        """Those that are argued to be equivalent, and were noticed all the same."""
        noticed = [*self._of("killed"), *self._of("timed_out")]
        return [(self.tried[n], self.argued[n]) for n in noticed if n in self.argued]

    @property
    def number_killed(self) -> int:
        return len(self._of("killed"))

    @property
    def number_timed_out(self) -> int:
        return len(self._of("timed_out"))

    @property
    def killed_by(self) -> dict[str, int]:
        """How many mutants each property noticed, time-outs among them; the most first."""
        return dict(Counter(one.killed_by for one in self.tried if one.killed_by).most_common())

    @property
    def share(self) -> float:
        """The share noticed of those that are not argued to be equivalent; 1 of none."""
        noticed = self.number_killed + self.number_timed_out
        judged = noticed + len(self.survivors)
        return noticed / judged if judged else 1.0

    @property
    def exit_code(self) -> ExitCode:
        if any(one.error for one in self.tried):
            return ExitCode.HARNESS_ERROR
        return ExitCode.CONFORMS if self.share >= LEAST_SHARE else ExitCode.DIFFERS


def as_json(told: MutationTest) -> dict[str, Any]:
    """The report as a JSON value."""
    document: dict[str, Any] = {
        "loader": told.loader,
        "profile": told.profile,
        "seed": told.seed,
        "mutants": told.mutants,
        "number": len(told.tried),
        "killed": told.number_killed,
        "timed_out": told.number_timed_out,
        "survived": len(told.survivors),
        "argued_equivalent": len(told.equivalents),
        "share_killed": round(told.share, 4),
        "killed_by": told.killed_by,
        "survivors": told.survivors,
        "equivalents": [{"tried": one, "reason": why} for one, why in told.equivalents],
        "refuted": [{"tried": one, "reason": why} for one, why in told.refuted],
        "stale": told.stale,
        "tried": told.tried,
    }
    return {name: msgspec.to_builtins(value) for name, value in document.items()}


def show(told: MutationTest, console: Console) -> None:
    """Print who noticed how many, each survivor with its change, and the share."""
    if told.killed_by:
        table = Table("noticed by", "mutants")
        table.columns[0].overflow = "fold"
        table.columns[1].justify = "right"
        for identity, number in told.killed_by.items():
            table.add_row(shown(identity), str(number))
        console.print(table)
    for one in told.survivors:
        _show_change("survived", one, console)
        for identity, why in one.not_held.items():
            console.print(shown(f"    {identity} is {why}"), soft_wrap=True)
    for one, why in told.equivalents:
        _show_change("argued to be equivalent", one, console)
        console.print(shown(f"    {why}"), soft_wrap=True)
    for one, why in told.refuted:
        _show_change(f"argued to be equivalent, but noticed by {one.killed_by}", one, console)
        console.print(shown(f"    {why}"), soft_wrap=True)
    for entry in told.stale:
        place = f"{entry.module} {entry.function}".rstrip()
        console.print(shown(f"stale, no such line: {place}"), soft_wrap=True)
        _show_lines(entry.before, entry.after, console)
    for one in told.tried:
        if one.error:
            _show_change("harness error", one, console)
            console.print(shown(f"    {one.error}"), soft_wrap=True)
    console.print(
        f"{len(told.tried)} of {told.mutants:,} mutants of {told.loader}: "
        f"{told.number_killed} killed, {told.number_timed_out} timed out, "
        f"{len(told.survivors)} survived, {len(told.equivalents)} argued to be equivalent; "
        f"{told.share:.1%} of those not argued to be equivalent killed "
        f"(at least {LEAST_SHARE:.0%} expected)",
        soft_wrap=True,
    )


def _show_change(what: str, one: Tried, console: Console) -> None:
    mutant = one.mutant
    place = f"{mutant.module}:{mutant.line} {mutant.function}".rstrip()
    console.print(shown(f"{what}: {place} ({mutant.operator})"), soft_wrap=True)
    _show_lines(mutant.before, mutant.after, console)


def _show_lines(before: str, after: str, console: Console) -> None:
    console.print(shown(f"  - {before}", "red"), soft_wrap=True)
    console.print(shown(f"  + {after}", "green"), soft_wrap=True)
