"""What a paused load leaves: its locks, its captured rows, its row in the log (FL-14, FL-15)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from properties.engine.observed import Observed, Row
from properties.engine.trial import Difference
from properties.relations.fastload.faults import FaultyRecord, each_faulty_record_is_there_once
from properties.relations.fastload.loading import ExpectedLoad
from properties.relations.shared.answers import table_of
from specs.contract import ErrorName
from specs.fastload.error_tables import DATA_PARCEL_BYTES
from specs.fastload.plan import Load
from specs.fastload.report import RESTART_LOG

LOG_COLUMNS = ("LogTable", "Phase", "Records")


def tables_are_locked(load: Load, observed: Observed) -> None:
    """FL-14: the three tables are locked; of them only error table 1 can be read."""
    three = (load.target, load.error_table_1, load.error_table_2)
    locked = observed.outcome.locked
    if sorted(locked) != sorted(three):
        raise Difference(
            f"a paused load: expected locks on {', '.join(three)}; "
            f"observed {', '.join(locked) or 'none'}"
        )
    for name in (load.target, load.error_table_2):
        if name not in observed.tables or observed.tables[name] is not None:
            state = "missing" if name not in observed.tables else "with rows to read"
            raise Difference(
                f"locked table {name}: expected listed without files, observed {state}"
            )
    table_of(observed, load.error_table_1)


def nothing_is_locked(observed: Observed) -> None:
    """FL-07, FL-14: no table is locked."""
    if observed.outcome.locked:
        raise Difference(f"expected no locks, observed {', '.join(observed.outcome.locked)}")


def pause_reasons(expected: ExpectedLoad) -> list[ErrorName]:
    """Why a load may have paused; which of several reasons comes first is open (FL-15)."""
    reasons: list[ErrorName] = []
    if len(expected.faulty) >= expected.load.error_limit:
        reasons.append("error_limit_reached")
    stops = [source.on_bad_record == "stop" for source in expected.load.inputs]
    if any(fact.bad and stops[fact.record.input] for fact in expected.facts):
        reasons.append("bad_record")
    elif not expected.load.end_loading and not reasons:
        reasons.append("end_loading_missing")
    return reasons


def log_has_one_row(load: Load, records: int, observed: Observed) -> None:
    """FL-21: one row: the target, phase 1, the records read up to the last checkpoint."""
    log = table_of(observed, RESTART_LOG)
    if log.columns != LOG_COLUMNS:
        raise Difference(
            f"{RESTART_LOG}: expected the columns {', '.join(LOG_COLUMNS)}, "
            f"observed {', '.join(log.columns)}"
        )
    expected = ((load.target, "acquisition", records),)
    if log.rows != expected:
        raise Difference(f"{RESTART_LOG}: expected {expected}, observed {log.rows}")


def log_is_gone(observed: Observed) -> None:
    """FL-21: the log holds nothing of a job that has succeeded."""
    if RESTART_LOG in observed.tables:
        rows = table_of(observed, RESTART_LOG).rows
        raise Difference(f"{RESTART_LOG}: expected gone after success, observed {rows}")


def captured_rows_are_of(name: str, faulty: Sequence[FaultyRecord], rows: Sequence[Row]) -> None:
    """Error table ``name`` holds some of the faulty records, each at most once."""
    left = Counter(row[0] for row in rows)
    wanted: list[FaultyRecord] = []
    for record in faulty:
        parcel = record.record[:DATA_PARCEL_BYTES]
        if left[parcel]:
            left[parcel] -= 1
            wanted.append(record)
    each_faulty_record_is_there_once(name, wanted, rows)
