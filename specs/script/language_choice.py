"""Which of several job languages a script is written in."""

from __future__ import annotations

from collections.abc import Iterable

from specs.script.job_language import JobLanguage
from specs.script.scanning import count_unknown_commands


def language_of(script: str, languages: Iterable[JobLanguage]) -> JobLanguage:
    """The language that knows most of the script's commands, by their first words.

    That is the one with the fewest commands unknown to it, the first of several such. So a script
    with mistakes is read, and diagnosed, in the language that it was most likely meant for.
    Raises ValueError when no language is given.
    """
    return min(languages, key=lambda language: count_unknown_commands(script, language))
