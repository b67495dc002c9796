"""Two outcomes of one FastLoad job: real differences apart from what the rules leave free."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator

from properties.engine.observed import Observed, Row
from properties.engine.trial import Difference
from properties.relations.fastload.loading import (
    ExpectedLoad,
    error_table_1_is_right,
    error_table_2_is_right,
    expected_loads,
    rows_of_error_table,
)
from properties.relations.fastload.pauses import captured_rows_are_of, pause_reasons
from properties.relations.shared.agreement import (
    RUNS,
    SAME_ROWS_KEPT,
    Agreement,
    Side,
    both_can_be_read,
    ends_agree,
    error_of,
    rows_agree,
    rows_of_one_side,
    side_of,
    table_definition,
    tables_agree,
)
from properties.relations.shared.answers import told_rows
from reference.values.equality import RowKeys
from specs.contract import Case
from specs.contract.directories import CaseBundle
from specs.fastload.plan import Load
from specs.fastload.report import RESTART_LOG, Counts, load_reports
from specs.sql.tables import TableDefinition

ANOTHER_STOP = "which of two reachable stops came first is open"
ANOTHER_ROW_OF_A_KEY = "both keep one row of each key, another one"
ANOTHER_MARK = "each shows one of the record's faults, another one"
AS_FAR_AS_IT_CAME = "each has captured the faulty records as far as it came"

DefinitionOf = Callable[[str], TableDefinition | None]


def loads_agree(
    case: Case,
    definition_of: DefinitionOf,
    left: Side,
    right: Side,
    *,
    bundle: CaseBundle | None = None,
    identical: Collection[str] = (),
) -> Agreement:
    """What differs between two outcomes of a case with a plan, and what of it is permitted.

    ``bundle`` is the case with its inputs; without it (they are too large to be read record by
    record) only such freedoms are known as the outcomes show by themselves. ``identical``: tables
    that are known to hold the same rows.
    """
    return _Comparison(case, definition_of, left, right, bundle, frozenset(identical)).made()


def two_runs_agree(bundle: CaseBundle, one: Observed, other: Observed) -> Agreement:
    """What differs between two runs of a job, and what of it is permitted."""
    left, right = side_of(RUNS[0], one), side_of(RUNS[1], other)
    return loads_agree(
        bundle.case, lambda name: table_definition(bundle, name), left, right, bundle=bundle
    )


class _Comparison:
    def __init__(
        self,
        case: Case,
        definition_of: DefinitionOf,
        left: Side,
        right: Side,
        bundle: CaseBundle | None,
        identical: frozenset[str],
    ) -> None:
        self.loads = [step for step in case.steps if isinstance(step, Load)]
        self.edition = case.edition
        self.definition_of = definition_of
        self.left = left
        self.right = right
        self.identical = identical
        self.found = Agreement()
        self._bundle = bundle
        self._turned: set[str] = set()
        """Targets of which the sides keep another row of a key."""
        self._expected: list[ExpectedLoad] | None = None

    def made(self) -> Agreement:
        paused = {self.left.outcome.status, self.right.outcome.status} == {"paused"}
        if paused and error_of(self.left) != error_of(self.right):
            self._another_stop()
        else:
            ends_agree(self.found, self.left, self.right)
        locked = [", ".join(sorted(side.outcome.locked)) or "nothing" for side in self._sides]
        self.found.differ("locked", self.left, self.right, *locked)
        self._reports()
        seen = {RESTART_LOG}
        for load in self.loads:
            for name, agree in (
                (load.target, self._target),
                (load.error_table_1, self._error_table_1),
                (load.error_table_2, self._error_table_2),
            ):
                there = any(name in side.outcome.tables for side in self._sides)
                turned = load.target in self._turned and agree == self._error_table_2
                if (there or turned) and name not in seen:
                    agree(load)
                seen.add(name)
        tables_agree(
            self.found,
            self.left,
            self.right,
            self.definition_of,
            but=seen,
            identical=self.identical,
        )
        return self.found

    @property
    def _sides(self) -> tuple[Side, Side]:
        return self.left, self.right

    # --- how the job ended ------------------------------------------------------------------

    def _another_stop(self) -> None:
        errors = {error_of(side) for side in self._sides}
        position = len(load_reports(self.left.outcome.report)) - 1
        told = f"{self.left.name} {error_of(self.left)}, {self.right.name} {error_of(self.right)}"
        expected = self._load_expected(self.loads[position]) if position >= 0 else None
        if expected is not None and errors <= set(pause_reasons(expected)):
            self.found.freedoms.append(f"paused: {ANOTHER_STOP}: {told}")
        else:
            self.found.differences.append(f"error: {told}")

    def _reports(self) -> None:
        reports = [load_reports(side.outcome.report) for side in self._sides]
        self.found.differ("loads told", self.left, self.right, *map(len, reports))
        for load, a, b in zip(self.loads, *reports, strict=False):
            self.found.differ("report on", self.left, self.right, a.target, b.target)
            if a.counts is None or b.counts is None:
                self.found.differ(f"counts of {load.target}", *self._sides, a.counts, b.counts)
                continue
            for name, x, y in _compared(a.counts, b.counts, unique=self._is_unique(load)):
                self.found.differ(f"{name} of {load.target}", self.left, self.right, x, y)

    # --- what is left -----------------------------------------------------------------------

    def _target(self, load: Load) -> None:
        name = load.target
        if not both_can_be_read(self.found, *self._sides, name) or name in self.identical:
            return
        definition = self.definition_of(name)
        key_of: Callable[[Row], Hashable] | None = None
        freedom = SAME_ROWS_KEPT
        if definition is not None:
            keys = RowKeys(definition)
            if self._is_unique(load):
                key_of, freedom = keys.of_index, ANOTHER_ROW_OF_A_KEY
            elif definition.primary_index is not None or self.edition == "seed":
                key_of = keys.of_row
        only = self._only(name)
        if only != ([], []) and self._is_unique(load):
            self._turned.add(name)
        rows_agree(self.found, *self._sides, f"table {name}", only, key_of, freedom)

    def _error_table_1(self, load: Load) -> None:
        name = load.error_table_1
        if self.left.outcome.status == self.right.outcome.status == "paused":
            self._error_table(load, name, _captured_are_right, AS_FAR_AS_IT_CAME)
        else:
            self._error_table(load, name, error_table_1_is_right, ANOTHER_MARK)

    def _error_table_2(self, load: Load) -> None:
        self._error_table(
            load,
            load.error_table_2,
            error_table_2_is_right,
            ANOTHER_ROW_OF_A_KEY,
            evident=lambda: self._same_rows_with_error_table_2(load),
            turned=load.target in self._turned,
        )

    def _same_rows_with_error_table_2(self, load: Load) -> bool:
        """Under a unique index every row is in the target or in error table 2 of edition `vendor`.

        So what the two hold together is the same, however often, whichever row of a key stays.
        """
        definition = self.definition_of(load.target)
        if definition is None or not self._is_unique(load) or self.edition == "seed":
            return False
        keys = RowKeys(definition)
        held = [
            {
                keys.of_row(row)
                for name in (load.target, load.error_table_2)
                for row in self._rows(side, name)
            }
            for side in self._sides
        ]
        return held[0] == held[1]

    def _error_table(
        self,
        load: Load,
        name: str,
        is_right: Callable[[ExpectedLoad, Observed], None],
        freedom: str,
        *,
        evident: Callable[[], bool] = lambda: False,
        turned: bool = False,
    ) -> None:
        """An error table whose rows are not the same is permitted if it is right on both sides.

        ``evident`` says whether that shows without a look at the inputs. ``turned``: the rows are
        not to be the same, as the target's are not.
        """
        if name in self.identical and not turned:
            return
        there = [name in side.tables for side in self._sides]
        listed = [name in side.outcome.tables for side in self._sides]
        alike = any(listed) and (all(there) or not any(there))  # else it is looked at below
        if alike and not both_can_be_read(self.found, *self._sides, name):
            return
        left, right = (lambda side=side: self._rows(side, name) for side in self._sides)
        only = rows_of_one_side(left, right)
        if only == ([], []) and all(there) and not turned:
            return
        expected = self._load_expected(load)
        wrong = self._wrong_sides(expected, is_right) if expected is not None else []
        if not wrong and (expected is not None or evident()):
            if only != ([], []):
                told = (
                    f"{self.left.name} {told_rows(only[0])}, {self.right.name} {told_rows(only[1])}"
                )
                self.found.freedoms.append(f"table {name}: {freedom}: {told}")
            return
        if any(there) and not all(there):
            both_can_be_read(self.found, *self._sides, name)
        rows_agree(self.found, *self._sides, f"table {name}", only, None)
        self.found.differences += wrong
        if only == ([], []) and not wrong:
            self.found.differences.append(
                f"table {name}: the same on both sides, but {load.target} keeps other rows"
            )

    def _wrong_sides(
        self, expected: ExpectedLoad, is_right: Callable[[ExpectedLoad, Observed], None]
    ) -> list[str]:
        wrong = []
        for side in self._sides:
            assert side.observed is not None, "as is looked at before something is expected"
            try:
                is_right(expected, side.observed)
            except Difference as difference:
                wrong.append(f"{side.name}: {difference}")
        return wrong

    @staticmethod
    def _rows(side: Side, name: str) -> Iterator[Row]:
        return side.tables[name].rows() if name in side.tables else iter(())

    def _only(self, name: str) -> tuple[list[Row], list[Row]]:
        return rows_of_one_side(self.left.tables[name].rows, self.right.tables[name].rows)

    def _is_unique(self, load: Load) -> bool:
        definition = self.definition_of(load.target)
        index = definition.primary_index if definition is not None else None
        return index is not None and index.unique

    def _load_expected(self, load: Load) -> ExpectedLoad | None:
        """What the rules say of a load; None when nobody has its inputs or rows in memory."""
        small = all(side.observed is not None for side in self._sides)
        if self._bundle is None or not small:
            return None
        if self._expected is None:
            self._expected = expected_loads(self._bundle)
        return next(each for each in self._expected if each.load is load or each.load == load)


def _captured_are_right(expected: ExpectedLoad, observed: Observed) -> None:
    """A paused load has captured some of its faulty records, each once."""
    name = expected.load.error_table_1
    captured_rows_are_of(name, expected.faulty, rows_of_error_table(observed, name, one=True))


def _compared(one: Counts, other: Counts, *, unique: bool) -> list[tuple[str, int, int]]:
    """The counts that must be equal: name, and the value of either side.

    Under a unique index, rows that are equal to the one that stays are duplicates and all others
    of its key violations, so that it depends on which one stays how many are which.
    """
    names = ["read", "skipped", "sent", "error_table_1", "applied"]
    told = [(name, getattr(one, name), getattr(other, name)) for name in names]
    if unique:
        sums = [counts.error_table_2 + counts.duplicates for counts in (one, other)]
        return [*told, ("error_table_2 + duplicates", sums[0], sums[1])]
    rest = ("error_table_2", "duplicates")
    return [*told, *((name, getattr(one, name), getattr(other, name)) for name in rest)]
