"""The script language: every accepted spelling is the same job, and a wrong script is no job.

These properties hand over the script alone, without the plan that our own front end makes of it: a
loader that is only ever given plans has nothing to be right or wrong about. Wrong scripts are first
read by our front end; where that finds nothing wrong, it is an error of the harness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from properties.engine.registry import claim
from properties.engine.scenario import Scenario
from properties.engine.trial import Difference, Trial
from properties.relations.fastload.accounting import ACCOUNTS
from properties.relations.fastload.loading import loads_are_right
from properties.strategies.fastload.jobs import PLAIN, JobShape, fastload_jobs, with_case
from properties.strategies.fastload.spellings import (
    CONVERSION_MISTAKES,
    DEFINE_MISTAKES,
    SAMPLE_MISTAKES,
    STATEMENT_MISTAKES,
    Mistake,
    respelled,
    with_mistake,
)
from specs.contract import Capability
from specs.contract.directories import CaseBundle
from specs.fastload.language import parse

SCRIPT: tuple[Capability, ...] = ("fastload", "fastload/script")

_JOBS = JobShape(
    types=("INTEGER", "VARCHAR(5)", "DATE", "DECIMAL(9,2)"),
    max_columns=3,
    records=(1, 5),
    faulty=True,
    damaged=True,
    ranges=True,
    around=True,
    loads=(1, 1, 2),
    sessions=(None, 1, 3),
    checkpoints=(None, 2),
)
_SMALL_JOBS = replace(
    PLAIN, types=("INTEGER", "VARCHAR(5)"), max_columns=2, records=(0, 4), target=("created",)
)
_MISTAKES = {
    mistake.name: mistake
    for mistake in (
        *SAMPLE_MISTAKES,
        *DEFINE_MISTAKES,
        *CONVERSION_MISTAKES,
        *STATEMENT_MISTAKES,
    )
}


def _require(met: bool, message: str) -> None:
    """Of our own front end: a failure is no difference but an error of the harness."""
    if not met:
        raise AssertionError(message)


# --- spellings (FL-23) ---------------------------------------------------------------------------


@st.composite
def _respelled_jobs(draw: DrawFn) -> Scenario:
    bundle = draw(fastload_jobs(_JOBS))
    return Scenario(bundle, {"spelling": draw(respelled(bundle.case.script))})


def _script_alone(bundle: CaseBundle, script: str) -> CaseBundle:
    return with_case(bundle, script=script, plan=None)


@claim(
    "FL-23",
    given=_respelled_jobs(),
    needs=SCRIPT,
    exposes=ACCOUNTS,
    sizes="a spelling is of the very script that was drawn",
)
def a_job_ends_the_same_in_every_accepted_spelling(trial: Trial, scenario: Scenario) -> None:
    bundle, spelling = scenario.bundle, str(scenario.choices["spelling"])
    loads_are_right(bundle, trial.run(_script_alone(bundle, spelling)))


# --- wrong scripts (FL-24, FL-19, FL-20, FL-05) --------------------------------------------------


def _jobs_with(
    mistakes: Sequence[Mistake], least: int = 1, most: int = 1
) -> SearchStrategy[Scenario]:
    """Right jobs, and which mistakes to make in their scripts."""

    @st.composite
    def build(draw: DrawFn) -> Scenario:
        bundle = draw(fastload_jobs(_SMALL_JOBS))
        names = st.sampled_from([mistake.name for mistake in mistakes])
        made = draw(st.lists(names, min_size=least, max_size=most, unique=True))
        return Scenario(bundle, {"mistakes": made})

    return build()


def _is_no_job_and_its_mended_script_loads(trial: Trial, scenario: Scenario) -> None:
    bundle = scenario.bundle
    mistakes = [_MISTAKES[name] for name in scenario.choices["mistakes"]]
    wrong = bundle.case.script
    for mistake in mistakes:
        wrong = with_mistake(wrong, mistake)
    parsed = parse(wrong)
    _require(parsed.plan is None, f"a wrong script became a job:\n{wrong}")
    system = trial.system()
    attempt = system.attempt_wrong_script(_script_alone(bundle, wrong))
    loaded = attempt.observed is not None and attempt.observed.outcome.status == "completed"
    if loaded or any(name == "block-sent" for name, _ in attempt.events):
        told = ", ".join(mistake.name for mistake in mistakes)
        raise Difference(f"a script with a mistake ({told}): expected no job, observed one")
    loads_are_right(bundle, system.run(_script_alone(bundle, bundle.case.script)))


@claim(
    "FL-24",
    given=_jobs_with(SAMPLE_MISTAKES, 1, 3),
    needs=SCRIPT,
    share=0.75,
    exposes=ACCOUNTS,
)
def a_script_with_a_fault_of_the_sample_is_no_job_and_the_mended_script_loads(
    trial: Trial, scenario: Scenario
) -> None:
    _is_no_job_and_its_mended_script_loads(trial, scenario)


@claim("FL-19", given=_jobs_with(DEFINE_MISTAKES), needs=SCRIPT, share=0.25, exposes=ACCOUNTS)
def fields_that_are_not_defined_or_no_varchar_are_refused(trial: Trial, scenario: Scenario) -> None:
    _is_no_job_and_its_mended_script_loads(trial, scenario)


@claim("FL-20", given=_jobs_with(CONVERSION_MISTAKES), needs=SCRIPT, share=0.25, exposes=ACCOUNTS)
def nested_conversions_and_arithmetic_are_refused(trial: Trial, scenario: Scenario) -> None:
    _is_no_job_and_its_mended_script_loads(trial, scenario)


@claim("FL-05", given=_jobs_with(STATEMENT_MISTAKES), needs=SCRIPT, share=0.25, exposes=ACCOUNTS)
def statements_other_than_insert_are_refused_within_a_load(
    trial: Trial, scenario: Scenario
) -> None:
    _is_no_job_and_its_mended_script_loads(trial, scenario)
