"""A job language as scanning, hints and the hiding of passwords know it: one description each.

Nothing else in this package knows any language, so a new one is a new description.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

NEVER = r"(?!)"
"""A pattern that matches nowhere."""


class JobLanguage(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The commands of a job language, its comments, and the words of its neighbours.

    Words are upper case here; in a script their letter case does not matter. The *kind* of a
    command is the grammar's start rule for it, the same for all its spellings. What all job
    languages share is not said: a semicolon ends a command, ``/*`` and ``*/`` enclose a comment.
    """

    name: str
    """What messages call the language, such as FastLoad."""

    rule: str
    """The rule of the catalogue that mistakes break unless `rules` names another."""

    rules: Mapping[str, str] = {}
    """The code of a diagnostic -> the rule that it stands under."""

    commands: Mapping[str, str]
    """First word of a command, every spelling of it -> the command's kind."""

    sql_kinds: frozenset[str] = frozenset()
    """SQL statements: no dot before them, a semicolon after them."""

    long_kinds: frozenset[str] = frozenset()
    """Commands that may take several lines and always end in a semicolon, SQL among them."""

    free_text_kinds: frozenset[str] = frozenset()
    """Commands whose tail is free text that no grammar reads."""

    logon_words: tuple[str, ...] = ()
    """Commands with the argument ``[host/]user,password``: the full word, then short forms."""

    secret_words: tuple[str, ...] = ()
    """Commands whose argument is secret as a whole: the full word, then short forms."""

    line_comments: tuple[str, ...] = ("--",)
    """What starts a comment that ends with its line."""

    bare_text: str = NEVER
    """Pattern (verbose, letter case ignored) of a text that stands without quotation marks and
    may hold what would part or quote anywhere else, such as a path."""

    command_starts: str = NEVER
    """Pattern of what, at the start of a line, is a new command even where the last one was not
    ended."""

    other_statements: frozenset[str] = frozenset()
    """First words of SQL statements that are no part of the language."""

    other_utilities: Mapping[str, str] = {}
    """Commands of sibling utilities that turn up by mistake -> the utilities that have them."""

    statements_shown: str = ""
    """The SQL statements that the language takes, as a message lists them."""

    commands_shown: str = ""
    """A few commands of the language, as a message lists them."""

    @property
    def known_words(self) -> frozenset[str]:
        """First words that are a command somewhere, whether or not it is one of this language."""
        return frozenset({*self.commands, *self.other_statements, *self.other_utilities})

    @property
    def logon_kinds(self) -> frozenset[str]:
        return frozenset(self.commands[word] for word in self.logon_words)

    @property
    def credential_kinds(self) -> frozenset[str]:
        """Kinds of the commands whose argument holds a password."""
        return self.logon_kinds | {self.commands[word] for word in self.secret_words}

    def rule_of(self, code: str) -> str:
        """The rule of the catalogue that a diagnostic of that code stands under."""
        return self.rules.get(code, self.rule)
