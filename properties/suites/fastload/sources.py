"""Sources: plain or compressed, with any line end, and records that are too long."""

from __future__ import annotations

import gzip
from dataclasses import replace

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from properties.engine.registry import claim
from properties.engine.scenario import Scenario
from properties.engine.trial import Trial
from properties.relations.fastload.accounting import ACCOUNTS
from properties.relations.fastload.loading import (
    error_table_1_is_right,
    expected_loads,
    loads_are_right,
)
from properties.relations.fastload.sameness import loads_end_alike
from properties.relations.shared.answers import completed
from properties.relations.shared.stopping import paused_with
from properties.strategies.fastload.jobs import (
    PLAIN,
    definition_in,
    fastload_jobs,
    fastload_scenarios,
    load_of,
    with_case,
    with_load,
)
from specs.contract.directories import CaseBundle
from specs.fastload.plan import MAX_RECORD_BYTES

_TYPES = ("INTEGER", "VARCHAR(5)", "CHAR(3)", "VARCHAR(20)")
_ANY = replace(PLAIN, types=_TYPES, max_columns=3, packed=True, faulty=True, inputs=(1, 2, 3))
_ONE_FILE = replace(_ANY, packed=False, inputs=(1,), indexes=("nupi",), damaged=True)

WAYS = ("gzip by name", "gzip by content", "CRLF", "no line end at the end", "two gzip members")


@claim("FL-26", given=fastload_scenarios(_ANY), needs=["fastload"], exposes=ACCOUNTS)
def files_are_read_whole_whatever_their_line_ends_and_compression(
    trial: Trial, scenario: Scenario
) -> None:
    loads_are_right(scenario.bundle, trial.run(scenario.bundle))


@st.composite
def _delivered_otherwise(draw: DrawFn) -> Scenario:
    return Scenario(draw(fastload_jobs(_ONE_FILE)), {"way": draw(st.sampled_from(WAYS))})


@claim("FL-26", given=_delivered_otherwise(), needs=["fastload"], exposes=ACCOUNTS)
def the_same_records_load_the_same_from_every_kind_of_file(
    trial: Trial, scenario: Scenario
) -> None:
    way = scenario.choices["way"]
    one = trial.run(scenario.bundle)
    other = trial.run(_delivered(scenario.bundle, way))
    load = load_of(scenario.bundle)
    loads_end_alike(definition_in(scenario.bundle, load.target), load, one, other, f"from {way}")


def _delivered(bundle: CaseBundle, way: str) -> CaseBundle:
    (source,) = load_of(bundle).inputs
    data = bundle.files[source.file]
    name = source.file
    match way:
        case "gzip by name" | "gzip by content":
            data = gzip.compress(data, 9, mtime=0)
            name = source.file + ".gz" if way == "gzip by name" else source.file
        case "CRLF":
            data = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        case "no line end at the end":
            # a last empty record is there only by its line end
            shorter = data.removesuffix(b"\n").removesuffix(b"\r")
            data = shorter if shorter and not shorter.endswith((b"\n", b"\r")) else data
        case _:
            half = len(data) // 2
            data = gzip.compress(data[:half], mtime=0) + gzip.compress(data[half:], mtime=0)
    changed = with_load(bundle, inputs=(msgspec.structs.replace(source, file=name),))
    return with_case(changed, files={name: data})


# --- named pipes ---------------------------------------------------------------------------------


_FILES = replace(_ANY, inputs=(1, 2), indexes=("nupi",), damaged=True)


@claim("FL-26", given=fastload_scenarios(_FILES), needs=["fastload"], share=0.5, exposes=ACCOUNTS)
def a_named_pipe_is_read_like_a_file(trial: Trial, scenario: Scenario) -> None:
    bundle = scenario.bundle
    one = trial.run(bundle)
    other = trial.run(bundle, piped=bundle.files)
    load = load_of(bundle)
    loads_end_alike(definition_in(bundle, load.target), load, one, other, "from named pipes")


# --- records over 64,000 bytes -------------------------------------------------------------------


_WIDE = replace(
    PLAIN,
    types=("VARCHAR(20)", "CHAR(3)"),
    max_columns=2,
    beside_key=True,
    records=(0, 3),
    on_bad_record=("continue", "continue", "stop"),
)


@st.composite
def _with_long_records(draw: DrawFn) -> Scenario:
    """A job with one or two records of 64,000 bytes, or one more or less, anywhere in the file.

    No field of theirs is too long by itself.
    """
    bundle = draw(fastload_jobs(_WIDE))
    (source,) = load_of(bundle).inputs
    wide = tuple(msgspec.structs.replace(f, type="VARCHAR(64000)") for f in source.fields)
    bundle = with_load(bundle, inputs=(msgspec.structs.replace(source, fields=wide),))
    records = bundle.files[source.file].splitlines(keepends=True)
    for over in draw(st.lists(st.sampled_from((1, 0, -1, 2_000)), min_size=1, max_size=2)):
        first = b"x" * 40_000 + source.delimiter.encode()
        last = draw(st.sampled_from((b"1", b"2")))
        middle = b"y" * (MAX_RECORD_BYTES + over - len(first) - len(last))
        records.insert(draw(st.integers(0, len(records))), first + middle + last + b"\n")
    whole = b"".join(record.rstrip(b"\r\n") + b"\n" for record in records)
    return Scenario(with_case(bundle, files={source.file: whole}))


@claim("FL-26", given=_with_long_records(), needs=["fastload"], share=0.5, exposes=ACCOUNTS)
def a_record_over_64_000_bytes_is_an_error_record_and_no_other_is(
    trial: Trial, scenario: Scenario
) -> None:
    observed = trial.run(scenario.bundle)
    (expected,) = expected_loads(scenario.bundle)
    stops = expected.load.inputs[0].on_bad_record == "stop"
    if stops and any(fact.bad for fact in expected.facts):
        paused_with(observed, "bad_record", return_code=12)
        return
    completed(observed)
    error_table_1_is_right(expected, observed)
    loads_are_right(scenario.bundle, observed)
