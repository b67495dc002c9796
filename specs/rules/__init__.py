"""The rule catalogue: every promise a loader is held to, with its source and how sure we are.

One TOML file a family (`FAMILIES`), such as ``fl.toml`` for FastLoad. Properties, reports and
planted faults name rules by the ids given there.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache, cached_property
from importlib import resources
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, TypeAlias, get_args

import msgspec

from specs.engines import ENGINES

Certainty = Literal["documented", "observed", "assumed"]
SourceKind = Literal["seed", "vendor", "observed", "practitioner", "third-party", "assumed"]


class Family(NamedTuple):
    """Rules that belong together; ``id`` begins their ids, ``capability`` is their engine."""

    id: str
    title: str
    capability: str
    editions: tuple[str, ...]


_AHEAD_OF_THEIR_ENGINES = (
    Family("ST", "TPT Stream operator", "stream", ("vendor", "seed")),
    Family("CP", "COPY INTO", "copy", ("documented", "measured")),
)

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        family.id: family
        for family in (
            *(Family(e.family, e.title, e.name, e.editions) for e in ENGINES),
            *_AHEAD_OF_THEIR_ENGINES,
        )
    }
)
"""The families by id, in catalogue order: those of the engines first."""

if TYPE_CHECKING:
    Capability: TypeAlias = str
    Edition: TypeAlias = str
else:
    Capability = Literal[tuple(family.capability for family in FAMILIES.values())]
    Edition = Literal[tuple(dict.fromkeys(e for f in FAMILIES.values() for e in f.editions))]

_Text = Annotated[str, msgspec.Meta(min_length=1)]
_Id = Annotated[str, msgspec.Meta(pattern=rf"^({'|'.join(FAMILIES)})-[0-9]{{2}}$")]
_Title = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a rule was read: what kind of text, its title, and the page or section in it."""

    kind: SourceKind
    title: _Text
    where: _Text


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One promise.

    ``editions`` are the readings a user can select, the default first; ``edition_notes`` says for
    an edition how its reading differs. A ``set_valued`` rule permits several outcomes: a checker
    accepts exactly that set. ``assumed_part`` is what no public text settles, hence our choice.
    """

    id: _Id
    title: _Title
    statement: _Text
    capability: Capability
    sources: Annotated[tuple[Source, ...], msgspec.Meta(min_length=1)]
    certainty: Annotated[tuple[Certainty, ...], msgspec.Meta(min_length=1)]
    editions: Annotated[tuple[Edition, ...], msgspec.Meta(min_length=1)]
    set_valued: bool
    edition_notes: Mapping[str, _Text] = msgspec.field(default_factory=dict)
    assumed_part: _Text | None = None

    @property
    def family(self) -> str:
        """The two letters before the number."""
        return self.id[:2]

    @property
    def number(self) -> int:
        """The number within the family, from 1."""
        return int(self.id[3:])


class _RuleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rule: Annotated[list[dict[str, Any]], msgspec.Meta(min_length=1)]
    reserved: tuple[_Id, ...] = ()
    """Ids of rules that are not written down here yet: no other rule may have them."""


class Catalogue(tuple[Rule, ...]):
    """Rules in the order of `FAMILIES` and, within a family, by number."""

    @cached_property
    def by_id(self) -> Mapping[str, Rule]:
        """Each rule under its id, in catalogue order; read-only."""
        return MappingProxyType({rule.id: rule for rule in self})


class CatalogueError(ValueError):
    """A catalogue file that cannot be trusted: which file, which rule, what is wrong, what to do.

    ``rule_id`` is empty when the fault is of the whole file.
    """

    def __init__(self, file: str, rule_id: str, problem: str, remedy: str) -> None:
        self.file = file
        self.rule_id = rule_id
        self.problem = problem
        self.remedy = remedy
        place = f"{file}, rule {rule_id}" if rule_id else file
        super().__init__(f"{place}: {problem}. {remedy}")


class UnknownRuleError(LookupError):
    """An id that no rule has; the message says which ids there are."""


@cache
def load_catalogue() -> Catalogue:
    """The catalogue shipped with this package, read once.

    Raises CatalogueError when a shipped file is damaged.
    """
    folder = resources.files(__name__)
    names = [_file_name(family) for family in FAMILIES]
    return parse_catalogue({name: folder.joinpath(name).read_text("utf-8") for name in names})


def rule(id: str) -> Rule:
    """The rule with this id, e.g. ``rule("FL-03")``.

    Raises UnknownRuleError when there is none.
    """
    by_id = load_catalogue().by_id
    if id in by_id:
        return by_id[id]
    last = {rule.family: rule.id for rule in load_catalogue()}
    ranges = ", ".join(f"{family}-01 to {last[family]}" for family in FAMILIES)
    raise UnknownRuleError(f"There is no rule {id!r}; rules are {ranges}.")


def parse_catalogue(files: Mapping[str, str]) -> Catalogue:
    """The catalogue in these TOML texts, given by file name (``hd.toml``, ...).

    Families may be absent; those present must be complete in themselves. Raises CatalogueError.
    """
    names = [_file_name(family) for family in FAMILIES]
    for file in files:
        if file not in names:
            raise CatalogueError(
                file, "", "no family has this file name", f"Name it one of {', '.join(names)}."
            )
    return Catalogue(
        rule
        for family, name in zip(FAMILIES, names, strict=True)
        if name in files
        for rule in _parse_family(family, name, files[name])
    )


def _file_name(family: str) -> str:
    return f"{family.lower()}.toml"


def _parse_family(family: str, file: str, text: str) -> list[Rule]:
    parsed = _rule_file(file, text)
    rules = [_parse_rule(file, table) for table in parsed.rule]
    seen: set[str] = set()
    for rule in rules:
        if rule.family != family:
            home = f"{rule.family.lower()}.toml"
            raise CatalogueError(
                file, rule.id, f"this file holds {family} rules only", f"Move it to {home}."
            )
        if rule.id in seen:
            raise CatalogueError(
                file, rule.id, "duplicate id", "Give one of the two rules the next free number."
            )
        if rule.id in parsed.reserved:
            remedy = "Take it off the list of reserved ids, or give the rule the next free number."
            raise CatalogueError(file, rule.id, "reserved for another rule", remedy)
        seen.add(rule.id)
    rules.sort(key=lambda rule: rule.number)
    reserved = {int(id[3:]) for id in parsed.reserved}
    numbers = (number for number in count(1) if number not in reserved)
    for expected, rule in zip(numbers, rules, strict=False):
        if rule.number != expected:
            raise CatalogueError(
                file,
                rule.id,
                f"gap in the numbering: {family}-{expected:02} is missing",
                "Number the rules from 01 without a gap.",
            )
    return rules


def _rule_file(file: str, text: str) -> _RuleFile:
    try:
        return msgspec.convert(tomllib.loads(text), _RuleFile)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(file, "", f"not TOML: {error}", "Correct the syntax there.") from error
    except msgspec.ValidationError as error:
        remedy = "Write [[rule]] tables, at least one, and no other key than reserved."
        raise CatalogueError(file, "", str(error), remedy) from error


def _parse_rule(file: str, table: dict[str, Any]) -> Rule:
    try:
        rule = msgspec.convert(table, Rule)
    except msgspec.ValidationError as error:
        rule_id = str(table.get("id", "without an id"))
        raise CatalogueError(file, rule_id, str(error), _SHAPE) from error
    for edition in rule.edition_notes:
        if edition not in rule.editions:
            raise CatalogueError(
                file,
                rule.id,
                f"edition note for {edition!r}, which the rule does not list",
                f"Add it to editions ({', '.join(rule.editions)}) or drop the note.",
            )
    return rule


def _words(vocabulary: object) -> str:
    return ", ".join(get_args(vocabulary))


_SHAPE = (
    f"A rule's keys are {', '.join(Rule.__struct_fields__)}; id is one of "
    f"{', '.join(FAMILIES)}, a hyphen and two digits; title has at most 60 characters; "
    f"sources holds at least one "
    f"{{{', '.join(Source.__struct_fields__)}}} of kind {_words(SourceKind)}; "
    f"capability: {_words(Capability)}; certainty: {_words(Certainty)}; "
    f"editions: {_words(Edition)}; set_valued: true or false."
)
