"""Examples drawn anew each time.

Hypothesis makes most examples of a short run by mutating earlier ones: of forty, some fifteen are
really different. Our strategies repeat values on purpose already, so every example is worth more
when it is a new one. As a backend, the same generator is asked for fresh examples only; shrinking
is Hypothesis's own.
"""

from __future__ import annotations

from typing import Any

from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

BACKEND = "loadproof-fresh-examples"


class FreshExamples(HypothesisProvider):
    """Hypothesis's own generator without mutation of earlier examples.

    It draws no constants found in the source of loaded modules either: which modules are loaded
    depends on the process, and the same seed has to mean the same examples in each of them.
    """

    def _maybe_draw_constant(self, choice_type: Any, constraints: Any, *, p: float = 0.05) -> None:
        return None


AVAILABLE_PROVIDERS[BACKEND] = f"{__name__}.{FreshExamples.__name__}"
