"""A case: one job for a system."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from specs.contract.system import System, SystemFault, TeradataSystem
from specs.contract.version import CONTRACT_VERSION
from specs.document import Document
from specs.engines import Edition, Plan, check_edition

START_OF_TIME = "2026-01-01T00:00:00Z"


class Case(Document, frozen=True, kw_only=True):
    """A job and the system it meets; the directory around it holds its files and tables.

    ``job``: the same job again in the same workspace, while it is unfinished, is a restart; another
    job id is another job on the same system. ``script`` is the job's text with any password
    masked, ``plan`` the same job parsed; without a plan the candidate reads the script, which then
    names its files as they are called in ``files/``. ``settings``: values of the settings that the
    candidate declares; they never change what is right. ``now``: the virtual time at which the job
    starts. ``tables``: name of each table that the job's system gets before the job, unless it has
    one of that name -> its Arrow or row file.
    """

    contract: int = CONTRACT_VERSION
    job: str = "job"
    system: System = TeradataSystem()
    script: str
    plan: Plan | None
    edition: Edition = "vendor"
    faults: tuple[SystemFault, ...] = ()
    settings: dict[str, Any] = {}
    now: str = START_OF_TIME
    tables: dict[str, str] = {}

    def __post_init__(self) -> None:
        if not self.job:
            raise ValueError("a job has an id; expected one character or more")
        if self.plan is not None:
            check_edition(self.plan, self.edition)

    @property
    def identity(self) -> str:
        """Which job it is: a hexadecimal digest of its id, script, plan and edition.

        The time, settings, faults, tables and the system do not count.
        """
        identifying = (self.job, self.script, self.plan, self.edition)
        return hashlib.sha256(msgspec.json.encode(identifying)).hexdigest()

    @property
    def steps(self) -> tuple[Any, ...]:
        """The steps of the plan. Raises ValueError for a case that holds a script alone."""
        if self.plan is None:
            raise ValueError("the case holds a script and no plan; parse it first")
        return self.plan.steps

    @property
    def teradata(self) -> TeradataSystem:
        """The Teradata system of the job. Raises ValueError for a job of another kind of system."""
        if not isinstance(self.system, TeradataSystem):
            raise ValueError(f"expected a job for a Teradata system, found {self.system}")
        return self.system
