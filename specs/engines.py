"""The engines whose jobs a case can hold."""

from __future__ import annotations

from specs.distribution.plan import DistributePlan
from specs.fastload.plan import FastLoadPlan

Plan = FastLoadPlan | DistributePlan
