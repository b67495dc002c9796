"""Large cases of requests: the rows that they insert are repeated, shuffled and varied."""

from __future__ import annotations

from properties.engine.scenario import Scenario
from properties.engine.sizes import Growth
from properties.strategies.distribution.placed_tables import with_query_ids
from properties.strategies.distribution.requests import rows_in, steps_of, with_requests
from properties.strategies.shared.definitions import arrow_rows
from properties.strategies.shared.growth import grown_rows, larger_system
from specs.contract import TeradataSystem
from specs.contract.directories import CaseBundle, arrow_bytes
from specs.distribution.plan import InsertRows, Reconfigure


def grown_requests(scenario: Scenario, growth: Growth) -> Scenario | None:
    """The scenario with as many rows in each file that it inserts; None when it inserts none."""
    bundle, steps = scenario.bundle, steps_of(scenario.bundle)
    files = dict(bundle.files)
    for name in dict.fromkeys(step.rows for step in steps if isinstance(step, InsertRows)):
        definition, rows = rows_in(bundle, name)
        if rows:
            files[name] = arrow_bytes(arrow_rows(definition, grown_rows(definition, rows, growth)))
    if files == bundle.files:
        return None
    system = bundle.case.system
    if not any(isinstance(step, Reconfigure) for step in steps):
        system = larger_system(bundle.case, growth)
    assert isinstance(system, TeradataSystem), "requests are made of a Teradata system"
    grown = with_requests(CaseBundle(bundle.case, files, bundle.tables), steps, system)
    return Scenario(with_query_ids(grown), scenario.choices)
