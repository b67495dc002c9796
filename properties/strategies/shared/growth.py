"""What grows alike in the cases of every engine: the system that a job meets."""

from __future__ import annotations

import msgspec

from properties.engine.sizes import Growth
from specs.contract import Case
from specs.contract.system import System, TeradataSystem


def larger_system(case: Case, growth: Growth) -> System:
    """The system of a case with as many AMPs as the growth says.

    One with AMPs down or lost stays as it is: most of a larger one would be up.
    """
    system = case.system
    if growth.amps is None or not isinstance(system, TeradataSystem):
        return system
    if system.down_amps or case.faults or system.amps > growth.amps:
        return system
    return msgspec.structs.replace(system, amps=growth.amps)
