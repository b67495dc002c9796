"""Loads of any size whose right result is known by how they are built, without a reference.

Record i has the key i. Some records are another one again, some have an earlier one's key, some
have no number for a key: which, follows from i alone, so that the first n records of a load are the
load of n records.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from numpy.typing import NDArray

from properties.engine.scenario import Scenario
from properties.engine.sizes import AMPS, Growth, Sizes
from properties.strategies.shared.definitions import Index
from specs.contract import Case, Edition, TeradataSystem
from specs.contract.directories import CaseBundle
from specs.contract.results import Profile
from specs.fastload.engine import FASTLOAD
from specs.fastload.language import render
from specs.fastload.plan import Assignment, FastLoadPlan, Input, Load, SourceField
from specs.sql.statements import CreateTable
from specs.sql.tables import Column, PrimaryIndex, TableDefinition

HUGE: Mapping[Profile, Sequence[int]] = {
    "quick": (65_535, 65_536, 65_537, 80_000, 99_999, 100_000),
    "thorough": (65_537, 100_000, 131_073, 1_000_000),
    "soak": (1_048_577, 10_000_000),
}
HUGE_EXAMPLES = 4

Numbers = NDArray[np.int64]

_REPEATS, _BACK = (11, 5), 5
_SECOND_KEYS, _KEYS_BACK = (17, 3), 3
_NO_NUMBERS = (13, 7)
_NULLS = 7
"""Every eleventh record, from the sixth on, is the fifth before it again; and so on."""


@dataclass(frozen=True)
class Built:
    """How a load is built. ``files`` and ``members``: parts of the input, gzip members of each."""

    index: Index = "nupi"
    edition: Edition = "vendor"
    amps: int = 4
    files: int = 1
    members: int = 0


@dataclass(frozen=True)
class BuiltRecords:
    """The records of a load as columns. ``tags``: which record it is, or is again; ``keys``.

    ``sound`` is False for a record whose key is no number.
    """

    tags: Numbers
    keys: Numbers
    sound: NDArray[np.bool_]

    @property
    def texts(self) -> pa.Array:
        """The records as they are sent."""
        keys = pa.array(self.keys).cast(pa.string())
        faulty = pc.binary_join_element_wise("x", keys, "")
        groups = pc.if_else(pa.array(self.tags % _NULLS == 0), "", self._groups().cast(pa.string()))
        return pc.binary_join_element_wise(
            pc.if_else(pa.array(self.sound), keys, faulty), groups, self._names(), "|"
        )

    @property
    def groups(self) -> pa.Array:
        """The values of column g: every seventh is NULL."""
        nulls = pa.array(self.tags % _NULLS == 0)
        return pc.if_else(nulls, pa.scalar(None, pa.int32()), self._groups())

    def _groups(self) -> pa.Array:
        return pa.array((self.tags % 1_000).astype(np.int32))

    def _names(self) -> pa.Array:
        return pc.binary_join_element_wise("r", pa.array(self.tags).cast(pa.string()), "")


def built_records(count: int) -> BuiltRecords:
    """The records 0 to ``count`` - 1."""
    numbers = np.arange(count, dtype=np.int64)
    tags = np.where(_every(numbers, _REPEATS), numbers - _BACK, numbers)
    keys = np.where(_every(tags, _SECOND_KEYS), tags - _KEYS_BACK, tags)
    return BuiltRecords(tags, keys, ~_every(tags, _NO_NUMBERS))


def _every(numbers: Numbers, which: tuple[int, int]) -> NDArray[np.bool_]:
    step, rest = which
    chosen: NDArray[np.bool_] = numbers % step == rest
    return chosen


@st.composite
def built_loads(
    draw: DrawFn,
    indexes: Sequence[Index] = ("nupi", "nopi"),
    files: Sequence[int] = (1,),
    members: Sequence[int] = (0,),
) -> Scenario:
    """Small ones. ``choices``: ``records``, how many; ``built``, the fields of `Built`."""
    built = Built(
        index=draw(st.sampled_from(indexes)),
        edition=draw(st.sampled_from(FASTLOAD.editions)),
        amps=draw(st.sampled_from((4, 1, 3, *AMPS))),
        files=draw(st.sampled_from(files)),
        members=draw(st.sampled_from(members)),
    )
    return built_load(built, draw(st.integers(0, 60)))


def grown_built_load(scenario: Scenario, growth: Growth) -> Scenario:
    """The same load of more records."""
    return built_load(Built(**scenario.choices["built"]), growth.records)


HUGE_LOADS: Sizes[Scenario] = Sizes(grown_built_load, HUGE, HUGE_EXAMPLES)


def built_load(built: Built, records: int) -> Scenario:
    """The load of so many records."""
    data = _text(built_records(records).texts)
    fields = tuple(SourceField(name=f"f_{name}", type="VARCHAR(40)") for name in ("k", "g", "s"))
    files: dict[str, bytes] = {}
    for number, part in enumerate(_cut(data, built.files)):
        parts = _cut(part, built.members)
        packed = b"".join(gzip.compress(each, 1, mtime=0) for each in parts)
        files[f"t{number or ''}.txt{'.gz' if built.members else ''}"] = packed or part
    assignments = tuple(Assignment(column=name, field=f"f_{name}") for name in ("k", "g", "s"))
    load = Load(
        target="t",
        error_table_1="t_e1",
        error_table_2="t_e2",
        inputs=tuple(
            Input(file=name, fields=fields, assignments=assignments, on_bad_record="continue")
            for name in files
        ),
    )
    plan = FastLoadPlan(steps=(CreateTable(definition=definition_of_built(built)), load))
    system = TeradataSystem(amps=built.amps)
    case = Case(script=render(plan), plan=plan, system=system, edition=built.edition)
    return Scenario(CaseBundle(case, files), {"records": records, "built": asdict(built)})


def definition_of_built(built: Built) -> TableDefinition:
    """The target: the key k, a group g that may be NULL, a name s."""
    columns = (
        Column(name="k", type="INTEGER"),
        Column(name="g", type="INTEGER"),
        Column(name="s", type="VARCHAR(20)"),
    )
    index = None if built.index == "nopi" else PrimaryIndex(("k",), built.index == "upi")
    return TableDefinition(name="t", columns=columns, kind="MULTISET", primary_index=index)


def _text(lines: pa.Array) -> bytes:
    """The lines, each with its line end."""
    return "\n".join([*lines.to_pylist(), ""]).encode()


def _cut(data: bytes, parts: int) -> list[bytes]:
    """The text in so many parts of about one length, each of whole records; perhaps fewer."""
    cut: list[bytes] = []
    start = 0
    for number in range(1, parts + 1):
        end = len(data) if number == parts else data.find(b"\n", len(data) * number // parts) + 1
        if end > start:
            cut.append(data[start:end])
            start = end
    return cut or [data] * min(parts, 1)


def scenario_parameters(scenario: Scenario) -> tuple[Built, int]:
    """How the load of a scenario is built, and of how many records."""
    choices: Mapping[str, Any] = scenario.choices
    return Built(**choices["built"]), int(choices["records"])
