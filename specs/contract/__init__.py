"""The contract between harness and loader: system, case, outcome, history, description, messages.

Every class here is one JSON document; `specs.contract.schemas` publishes their JSON Schemas.
"""

from specs.contract.candidate import Candidate, Emit, Stopped
from specs.contract.case import START_OF_TIME, Case
from specs.contract.description import Description, Exposure, KnownGap
from specs.contract.events import EventError, check_event
from specs.contract.history import (
    Action,
    GiveSpaceBack,
    History,
    KillJob,
    LetTimePass,
    RunJob,
    StopJob,
    TakeSpace,
)
from specs.contract.messages import (
    CandidateMessage,
    ContinueMessage,
    DescribeRequest,
    DescriptionReply,
    DoneMessage,
    EventMessage,
    FaultMessage,
    HarnessMessage,
    RunRequest,
    StopRequest,
)
from specs.contract.outcome import NamedError, Outcome, Status
from specs.contract.system import (
    MAX_BLOCK_BYTES,
    AmpLost,
    SnowflakeSystem,
    System,
    SystemFault,
    TeradataSystem,
)
from specs.contract.version import CONTRACT_VERSION, other_contract
from specs.engines import Capability, Edition, ErrorName, EventName, Plan, Report

__all__ = [
    "CONTRACT_VERSION",
    "MAX_BLOCK_BYTES",
    "START_OF_TIME",
    "Action",
    "AmpLost",
    "Candidate",
    "CandidateMessage",
    "Capability",
    "Case",
    "ContinueMessage",
    "DescribeRequest",
    "Description",
    "DescriptionReply",
    "DoneMessage",
    "Edition",
    "Emit",
    "ErrorName",
    "EventError",
    "EventMessage",
    "EventName",
    "Exposure",
    "FaultMessage",
    "GiveSpaceBack",
    "HarnessMessage",
    "History",
    "KillJob",
    "KnownGap",
    "LetTimePass",
    "NamedError",
    "Outcome",
    "Plan",
    "Report",
    "RunJob",
    "RunRequest",
    "SnowflakeSystem",
    "Status",
    "StopJob",
    "StopRequest",
    "Stopped",
    "System",
    "SystemFault",
    "TakeSpace",
    "TeradataSystem",
    "check_event",
    "other_contract",
]
