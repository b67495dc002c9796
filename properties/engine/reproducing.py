"""How a counterexample is reproduced: a line for a shell, and a test for pytest."""

from __future__ import annotations

import itertools
import os
import re
import shlex
import unicodedata
from collections.abc import Sequence

from candidates.reach import DEFAULT_TERMS, Terms

_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}


def replay_command(directory: str, candidate: str, terms: Terms = DEFAULT_TERMS) -> str:
    """The command that replays a stored counterexample, to be pasted into a POSIX shell."""
    # what begins with a dash would be taken for an option
    place = f"./{directory}" if directory.startswith("-") else directory
    options = [word for name, value in _given(terms) for word in (f"--{name}", str(value))]
    return shell_line(["loadproof", "replay", place, "--candidate", candidate, *options])


def replay_test(
    property_id: str, directory: str, candidate: str, terms: Terms = DEFAULT_TERMS
) -> str:
    """A whole module with one test, which passes once the candidate does what the property says."""
    options = "".join(f", {name}={value!r}" for name, value in _given(terms))
    name = re.sub(r"\W", "_", property_id)
    return (
        "from properties.engine.replay import replay\n\n\n"
        f"def test_{name}() -> None:\n"
        f"    result = replay({os.path.abspath(directory)!r}, candidate={candidate!r}{options})\n"
        '    assert result.verdict == "holds", result.reason\n'
    )


def _given(terms: Terms) -> list[tuple[str, str | float]]:
    """The terms that are not the default ones, as options."""
    options = (("python", terms.python), ("timeout", terms.timeout))
    return [(name, value) for name, value in options if value is not None]


def shell_line(words: Sequence[str]) -> str:
    """Words as a POSIX shell reads them, in text that a terminal can show.

    Characters that cannot be seen, line feeds apart, and bytes that are no UTF-8 are spelled by
    ``printf``.
    """
    return " ".join(map(_shell_word, words))


def _shell_word(word: str) -> str:
    if not any(map(_is_unseen, word)):
        return shlex.quote(word)
    parts = []
    for unseen, characters in itertools.groupby(word, _is_unseen):
        part = "".join(characters)
        octal = "".join(f"\\{byte:03o}" for byte in os.fsencode(part))
        parts.append(f"\"$(printf '{octal}')\"" if unseen else shlex.quote(part))
    return "".join(parts)


def _is_unseen(character: str) -> bool:
    return character != "\n" and unicodedata.category(character) in _UNSEEN
