"""FastLoad as an engine of the contract."""

from __future__ import annotations

from specs.engine import Engine
from specs.fastload.error_tables import known_table
from specs.fastload.errors import FASTLOAD_ERRORS
from specs.fastload.events import BlockSent, CheckpointTaken, PartWritten, PhaseBegun
from specs.fastload.plan import FastLoadPlan
from specs.fastload.report import RESTART_LOG, FastLoadReport
from specs.fastload.vocabulary import FASTLOAD as LANGUAGE
from specs.sql.events import Completed, StepDone

FASTLOAD = Engine(
    name="fastload",
    title="FastLoad",
    family="FL",
    parts=("nopi", "restart", "amp-loss", "script"),
    editions=("vendor", "seed"),
    plan=FastLoadPlan,
    report=FastLoadReport,
    events=(PhaseBegun, BlockSent, CheckpointTaken, PartWritten, StepDone, Completed),
    errors=FASTLOAD_ERRORS,
    language=LANGUAGE,
    own_tables=(RESTART_LOG,),
    known_table=known_table,
)
