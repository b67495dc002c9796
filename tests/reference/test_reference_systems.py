"""Systems that live through many jobs: whose job it is, what it meets, how they interleave."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec
import pyarrow as pa
import pytest
from reference_jobs import counts, loads, outcome, rows, table
from reference_systems import (
    RECORDS,
    job,
    load_into,
    number_of_events,
    own_rows,
    requests,
    scripted,
)
from reference_workspaces import WHOLE, case_of, content, outcome_of, rows_left, run_in, write

from reference import ReferenceSystem, Result, analyse, execute
from reference.workspace import WorkspaceError
from specs.contract import AmpLost, TeradataSystem
from specs.contract.directories import CaseBundle, DirectoryError
from specs.distribution.plan import DistributionQuery, HashMapQuery, InsertRows, Reconfigure
from specs.fastload.error_tables import error_table_1_schema
from specs.fastload.plan import FastLoadPlan
from specs.script.diagnostics import ScriptError
from specs.sql.statements import CreateTable, DeleteRows, DropTable


def names_of(result: Result) -> set[str]:
    return set(result.tables)


# --- one after the other -------------------------------------------------------------------------


def test_a_job_finds_what_the_job_before_left_and_reports_itself_alone() -> None:
    system = ReferenceSystem()
    first = system.run(job("first", *load_into("T")))
    assert (outcome(first), names_of(first)) == (("completed", None, 0), {"T", "T_1", "T_2"})
    second = system.run(job("second", DropTable(table="gone"), *load_into("U")))
    assert outcome(second) == ("completed", None, 4)
    assert names_of(second) == {"T", "T_1", "T_2", "U", "U_1", "U_2"}
    assert [report.target for report in loads(second)] == ["U"]
    assert rows(second, "T") == rows(first, "T") == rows(second, "U")
    third = system.run(requests("third", DistributionQuery(table="T")))
    assert (third.status, third.report, set(third.answers)) == ("completed", None, {0})
    fourth = system.run(job("fourth", load_into("T")[1]))
    assert outcome(fourth) == ("refused", "target_not_empty", 12)


def test_a_system_in_memory_is_as_one_in_a_workspace(tmp_path: Path) -> None:
    system, workspace = ReferenceSystem(), tmp_path / "workspace"
    for bundle in (
        job("a", *load_into("T", end_loading=False)),
        job("b", *load_into("U")),
        job("c", DropTable(table="T")),
        job("a", *load_into("T", end_loading=False)),
    ):
        in_memory = system.run(bundle)
        run_in(write(tmp_path / "case", bundle.case, bundle.files["in.txt"]), workspace)
        on_disk = outcome_of(workspace)
        assert in_memory.status == on_disk.status
        assert in_memory.error == (on_disk.error.name if on_disk.error else None)
        assert (in_memory.locked, in_memory.report) == (on_disk.locked, on_disk.report)
        assert {n for n, t in in_memory.tables.items() if not t.readable} == {
            n for n, files in on_disk.tables.items() if not files
        }
        for name, found in in_memory.tables.items():
            if found.readable:
                left = [tuple(row.values()) for row in rows_left(workspace, name)]
                width = len(found.columns)
                assert [row[:width] for row in left] == found.rows


def test_a_stop_in_memory_is_a_stop_in_a_workspace(tmp_path: Path) -> None:
    bundle = job("a", *load_into("T"))
    events = run_in(write(tmp_path / "case", bundle.case, RECORDS), tmp_path / "workspace")
    whole = execute(bundle)
    for stop_at, event in enumerate(events):
        system = ReferenceSystem()
        assert system.run(bundle, stop_at) is None, event
        assert system.run(bundle) == whole, event
    assert ReferenceSystem().run(bundle, stop_at=len(events)) == whole


def test_events_are_told_up_to_the_stop(tmp_path: Path) -> None:
    bundle = job("a", *load_into("T"))
    told: list[tuple[str, dict[str, Any]]] = []
    assert ReferenceSystem().run(bundle, 4, lambda *event: told.append(event)) is None
    in_a_workspace = run_in(write(tmp_path / "case", bundle.case, RECORDS), tmp_path / "workspace")
    assert [name for name, _ in told] == in_a_workspace[:5]
    assert told[1] == ("phase", {"phase": "acquisition"})


def test_a_copy_of_a_system_is_another_system() -> None:
    system, bundle = ReferenceSystem(), job("a", *load_into("T"))
    system.run(bundle, 3)
    copied = system.copy()
    whole = copied.run(bundle)
    assert copied.run(job("b", DropTable(table="T"))).error is None
    assert system.run(bundle) == whole


def test_facts_are_those_of_the_system_that_the_load_meets() -> None:
    system = ReferenceSystem()
    system.run(requests("more", Reconfigure(amps=5)))
    again = job("again", load_into("T")[1])
    system.run(job("made", load_into("T")[0], system=TeradataSystem(amps=5, hash_bucket_bits=16)))
    again = job("again", load_into("T")[1], system=TeradataSystem(amps=5, hash_bucket_bits=16))
    facts = analyse(again, 0, system=system)
    assert [fact.row for fact in facts if fact.row] == [
        *[(1, "a"), (1, "b"), (2, "d"), (2, "d"), (3, "e"), (4, "f")]
    ]
    after = system.run(again)  # and nothing of the analysis is left
    assert outcome(after) == ("completed", None, 0)
    stored = after.tables["T"]
    assert stored.placement is not None
    amp_of = dict(zip(stored.rows, (amp for amp, _, _ in stored.placement), strict=True))
    assert {fact.row: fact.amp for fact in facts if fact.row in amp_of} == amp_of


# --- the same job, or another --------------------------------------------------------------------


def test_a_completed_job_again_answers_the_same_and_does_nothing() -> None:
    system, bundle = ReferenceSystem(), job("a", *load_into("T"))
    first = system.run(bundle)
    assert system.run(bundle) == first
    # What it meets is not part of a job.
    met_otherwise = job(
        "a",
        *load_into("T"),
        data=b"other",
        faults=(AmpLost(amp=0),),
        now="2026-02-01T00:00:00Z",
        settings={"workers": 2},
        tables={"new": "new.arrow"},
        system=TeradataSystem(amps=3, hash_bucket_bits=16, client="windows", down_amps=(1,)),
    )
    assert system.run(met_otherwise) == first


def test_after_another_job_a_completed_job_is_a_new_one() -> None:
    system, bundle = ReferenceSystem(), job("a", *load_into("T"))
    system.run(bundle)
    system.run(job("b", DropTable(table="gone")))
    assert outcome(system.run(bundle)) == ("refused", "table_exists", 8)


def test_after_a_restart_of_another_job_a_completed_job_is_a_new_one() -> None:
    system, bundle = ReferenceSystem(), job("a", *load_into("T"))
    paused = job("b", *load_into("U", end_loading=False))
    system.run(paused)
    system.run(bundle)
    system.run(paused)
    assert outcome(system.run(bundle)) == ("refused", "table_exists", 8)


def test_a_job_that_could_not_start_forgets_nothing() -> None:
    system, bundle = ReferenceSystem(), job("a", *load_into("T"))
    first = system.run(bundle)
    with pytest.raises(WorkspaceError):
        system.run(job("b", system=TeradataSystem(amps=4, hash_bucket_bits=16)))
    with pytest.raises(DirectoryError, match="no rows"):
        system.run(job("c", tables={"V": "v.arrow"}))
    with pytest.raises(ScriptError):
        system.run(scripted("d", "BEGIN LOADNG;"))
    assert system.run(bundle) == first


@pytest.mark.parametrize("changed", ["job", "script", "plan", "edition"])
def test_what_a_job_asks_for_makes_it_another_job(changed: str) -> None:
    system, bundle = ReferenceSystem(), job("a", *load_into("T", end_loading=False))
    assert system.run(bundle).error == "end_loading_missing"
    other: Any = {
        "job": "b",
        "script": "-- another text",
        "plan": FastLoadPlan(steps=(*load_into("T", end_loading=False), DropTable(table="T"))),
        "edition": "seed",
    }
    case = msgspec.structs.replace(bundle.case, **{changed: other[changed]})
    result = system.run(CaseBundle(case, bundle.files))
    assert (result.error, result.code) == ("table_being_loaded", 2652)
    assert system.run(bundle).error == "end_loading_missing"


def test_two_unfinished_jobs_may_have_the_same_id() -> None:
    system = ReferenceSystem()
    first = job("a", *load_into("T", end_loading=False))
    second = job("a", *load_into("U", end_loading=False))
    for bundle in (first, second, first, second):
        assert system.run(bundle).error == "end_loading_missing"
    assert len(system.run(first).locked) == 6


def test_a_refused_job_goes_on_at_the_step_that_was_refused() -> None:
    system = ReferenceSystem()
    system.run(job("a", *load_into("T")))
    create, step = load_into("T")
    bundle = job("b", DropTable(table="gone"), create, step)
    assert outcome(system.run(bundle)) == ("refused", "table_exists", 8)
    system.run(job("c", *(DropTable(table=name) for name in ("T", "T_1", "T_2"))))
    result = system.run(bundle)
    assert outcome(result) == ("completed", None, 4)  # 4: the warning of the first run's DROP
    assert counts(result) == (7, 0, 7, 1, 1, 4, 1)


# --- what a job finds ----------------------------------------------------------------------------


def with_tables(bundle: CaseBundle, **tables: pa.Table) -> CaseBundle:
    named = {name: f"tables/{name}.arrow" for name in tables}
    case = msgspec.structs.replace(bundle.case, tables=named)
    return CaseBundle(case, bundle.files, tables)


def test_a_case_imports_the_tables_that_the_system_has_not() -> None:
    system = ReferenceSystem()
    system.run(with_tables(job("a", DropTable(table="gone")), T=own_rows(1)))
    second = system.run(
        with_tables(job("b", DropTable(table="gone")), T=own_rows(2), U=own_rows(3))
    )
    assert (rows(second, "T"), rows(second, "U")) == ([(1, "own")], [(3, "own")])


def test_an_error_table_is_imported_without_a_definition() -> None:
    parcels = pa.Table.from_pylist(
        [{"DataParcel": b"x|c", "ErrorCode": 2679, "ErrorFieldName": "in_k"}],
        error_table_1_schema(),
    )
    found = ReferenceSystem().run(with_tables(job("a", DropTable(table="gone")), E=parcels))
    assert rows(found, "E") == [(b"x|c", 2679, "in_k")]
    for other in (parcels.rename_columns(["a", "b", "c"]), parcels.cast(as_text(parcels))):
        with pytest.raises(DirectoryError, match="no table definition"):
            ReferenceSystem().run(with_tables(job("a"), E=other))


def as_text(table: pa.Table) -> pa.Schema:
    return pa.schema([(name, pa.string()) for name in table.column_names])


def test_a_restart_brings_nothing_back_that_the_job_dropped() -> None:
    bundle = with_tables(
        job("a", DropTable(table="T"), CreateTable(definition=table())), T=own_rows(1)
    )
    for stop_at in range(3):
        system = ReferenceSystem()
        assert system.run(bundle, stop_at) is None
        result = system.run(bundle)
        assert (outcome(result), rows(result, "T")) == (("completed", None, 0), [])
    # As a new job it imports again what the system has not.
    system.run(job("b", DropTable(table="T")))
    assert outcome(system.run(bundle)) == ("completed", None, 0)


@pytest.mark.parametrize(("amps", "bits"), [(4, 16), (3, 20), (2, 20)])
def test_a_case_names_the_system_that_there_is(
    tmp_path: Path, amps: int, bits: Literal[16, 20]
) -> None:
    workspace = tmp_path / "workspace"
    run_in(write(tmp_path / "case", WHOLE), workspace)
    before = content(workspace)
    other = TeradataSystem(amps=amps, hash_bucket_bits=bits)
    case = write(tmp_path / "other", case_of(DropTable(table="T"), job="b", system=other))
    with pytest.raises(WorkspaceError) as told:
        run_in(case, workspace)
    assert "has 3 AMPs and 16-bit" in str(told.value)
    assert f"asks for {amps} AMPs and {bits}-bit" in str(told.value)
    assert content(workspace) == before
    wrong = write(tmp_path / "wrong", msgspec.structs.replace(WHOLE, system=other))
    with pytest.raises(WorkspaceError):  # nor does a job that has started
        run_in(wrong, workspace)


def test_a_reconfigure_between_jobs() -> None:
    system = ReferenceSystem()
    system.run(job("a", *load_into("T", checkpoint=None)))
    more = requests("more", Reconfigure(amps=5))
    system.run(more)
    assert system.run(more).status == "completed"  # again: it may name what there was
    with pytest.raises(WorkspaceError, match="has 5 AMPs"):
        system.run(job("b", *load_into("U")))
    amps_5 = TeradataSystem(amps=5, hash_bucket_bits=16)
    result = system.run(job("b", *load_into("U", checkpoint=None), system=amps_5))
    assert loads(result)[0].sessions == 5
    assert result.tables["T"].rows == result.tables["U"].rows
    assert result.tables["T"].placement == result.tables["U"].placement
    assert result.tables["T"].placement != execute(job("a", *load_into("T"))).tables["T"].placement


@pytest.mark.parametrize("amps", [3, 5], ids=["as it was", "as it is now"])
def test_a_job_refused_before_a_reconfigure_goes_on_after_it(amps: int) -> None:
    system = ReferenceSystem()
    assert system.run(job("a", load_into("T")[1])).error == "target_missing"
    system.run(requests("more", Reconfigure(amps=5)))
    system.run(job("b", load_into("T")[0], system=TeradataSystem(amps=5, hash_bucket_bits=16)))
    named = TeradataSystem(amps=amps, hash_bucket_bits=16)
    result = system.run(job("a", load_into("T")[1], system=named))
    assert (result.status, loads(result)[0].sessions) == ("completed", 5)


# --- interleaved ---------------------------------------------------------------------------------


def test_a_restart_among_other_jobs_ends_like_no_stop() -> None:
    bundle = job("a", *load_into("T"))
    whole = execute(bundle)
    events = number_of_events(bundle)
    for stop_at in range(events - 1):
        system = ReferenceSystem()
        system.run(bundle, stop_at)
        assert system.run(job("b", *load_into("U"))).status == "completed"
        assert system.run(job("c", DeleteRows(table="U", column="k", value="1"))).error is None
        assert system.run(job("d", CreateTable(definition=table(name="U")))).status == "refused"
        result = system.run(bundle)
        assert outcome(result) == outcome(whole)
        assert result.report == whole.report
        for name in ("T", "T_1", "T_2"):
            assert result.tables[name] == whole.tables[name]
        assert len(rows(result, "U")) == 3


def test_a_stop_at_every_event_of_each_of_two_jobs_changes_nothing() -> None:
    jobs = job("a", *load_into("T")), job("b", *load_into("U"))
    apart = [execute(bundle) for bundle in jobs]
    a_events, b_events = (number_of_events(bundle) for bundle in jobs)
    # Stopped at its last event a job has completed: it would be a new one after the other.
    for a_stop in range(a_events - 1):
        for b_stop in range(b_events - 1):
            system = ReferenceSystem()
            assert system.run(jobs[0], a_stop) is None
            assert system.run(jobs[1], b_stop) is None
            first = system.run(jobs[0])
            second = system.run(jobs[1])
            for result, alone in ((first, apart[0]), (second, apart[1])):
                assert outcome(result) == outcome(alone), (a_stop, b_stop)
                assert result.report == alone.report, (a_stop, b_stop)
            expected = {**apart[0].tables, **apart[1].tables}
            assert second.tables == expected, (a_stop, b_stop)
            assert second.locked == ()


def test_a_job_stopped_as_it_completes_is_over() -> None:
    bundle = job("a", *load_into("T"))
    last = number_of_events(bundle) - 1
    for stop_at, error in ((last - 1, None), (last, "table_exists")):
        system = ReferenceSystem()
        system.run(bundle, stop_at)
        system.run(job("b", DropTable(table="gone")))
        assert system.run(bundle).error == error


def test_nopi_rows_are_in_a_bucket_of_their_amp_after_fewer_and_then_more_amps() -> None:
    unindexed = table(None, kind="MULTISET")
    steps = (CreateTable(definition=unindexed), InsertRows(table="T", rows="rows"))
    resized = (Reconfigure(amps=2), Reconfigure(amps=4_000), HashMapQuery())
    given = own_rows(*range(40))
    result = ReferenceSystem().run(requests("all", *steps, *resized, amps=64, rows=given))
    owners = result.answers[4]["amp"]
    placement = result.tables["T"].placement
    assert placement is not None
    assert {amp for amp, _, _ in placement} == {0, 1}
    assert all(owners[row_hash >> 16] == amp for amp, row_hash, _ in placement)
    fewer = ReferenceSystem().run(requests("all", *steps, resized[0], amps=64, rows=given))
    assert result.tables["T"].rows == fewer.tables["T"].rows
    assert [(a, u) for a, _, u in placement] == [
        (a, u) for a, _, u in fewer.tables["T"].placement or ()
    ]
