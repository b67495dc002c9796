"""Examples drawn anew each time.

Hypothesis makes most examples of a short run by mutating earlier ones: of forty, some fifteen are
really different. Our strategies repeat values on purpose already, so every example is worth more
when it is a new one. As a backend, the same generator is asked for fresh examples only; shrinking
is Hypothesis's own.
"""

from __future__ import annotations

from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

BACKEND = "loadproof-fresh-examples"


class FreshExamples(HypothesisProvider):
    """Hypothesis's own generator without mutation of earlier examples."""


AVAILABLE_PROVIDERS[BACKEND] = f"{__name__}.{FreshExamples.__name__}"
