"""Hash distribution as an engine of the contract."""

from __future__ import annotations

from specs.distribution.plan import DistributionPlan
from specs.engine import Engine
from specs.sql.errors import STATEMENT_ERRORS
from specs.sql.events import Completed, StepDone

DISTRIBUTION = Engine(
    name="distribution",
    title="Hash distribution",
    family="HD",
    parts=("nopi", "reconfigure"),
    editions=("vendor", "seed"),
    plan=DistributionPlan,
    report=None,  # what it tells stands in the answers of its steps
    events=(StepDone, Completed),
    errors=STATEMENT_ERRORS,
)
