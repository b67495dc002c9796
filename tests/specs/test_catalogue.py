"""The rule catalogue is complete, honest about its sources, and refuses every kind of damage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from specs.rules import (
    FAMILIES,
    Catalogue,
    CatalogueError,
    Rule,
    UnknownRuleError,
    load_catalogue,
    parse_catalogue,
    rule,
)

COUNTS = {"HD": 19, "FL": 27, "ST": 29, "CP": 22}
CAPABILITIES = {"HD": "distribution", "FL": "fastload", "ST": "stream", "CP": "copy"}
CERTAINTY_OF = {
    "seed": "documented",
    "vendor": "documented",
    "observed": "observed",
    "practitioner": "observed",
    "third-party": "observed",
    "assumed": "assumed",
}
WITH_TWO_READINGS = {"FL-03", "FL-09", "FL-17", "ST-04", "ST-12", "CP-08", "CP-12", "CP-13"}
SET_VALUED = (
    {"HD-08", "HD-11", "HD-14", "HD-15", "HD-18", "ST-08", "ST-10", "ST-14"}
    | {"FL-02", "FL-03", "FL-06", "FL-08", "FL-09", "FL-12"}
    | {"CP-08", "CP-12", "CP-13", "CP-22"}
)  # fmt: skip

every_rule = pytest.mark.parametrize("rule_", load_catalogue(), ids=lambda rule_: rule_.id)


# THE SHIPPED FILES


def test_every_id_is_there_once_in_order() -> None:
    numbers = {family: [*range(1, count + 1)] for family, count in COUNTS.items()}
    numbers["FL"] = [*range(1, 27), 30]  # those between are reserved
    expected = [f"{family}-{n:02}" for family in FAMILIES for n in numbers[family]]
    assert [rule_.id for rule_ in load_catalogue()] == expected
    assert list(load_catalogue().by_id) == expected


def test_rules_with_two_readings_note_both() -> None:
    noted = {rule_.id for rule_ in load_catalogue() if rule_.edition_notes}
    assert noted == WITH_TWO_READINGS
    for id in noted:
        assert set(rule(id).edition_notes) == set(rule(id).editions), id


def test_set_valued_rules() -> None:
    assert {rule_.id for rule_ in load_catalogue() if rule_.set_valued} == SET_VALUED


@every_rule
def test_statement_is_two_to_six_whole_sentences_one_a_line(rule_: Rule) -> None:
    lines = rule_.statement.split("\n")
    assert 2 <= len(lines) <= 6
    for line in lines:
        assert line == line.strip()
        assert line.endswith("."), line
        assert len(line.split()) >= 3, line


@every_rule
def test_certainty_is_what_the_sources_carry(rule_: Rule) -> None:
    carried = {CERTAINTY_OF[source.kind] for source in rule_.sources}
    assert set(rule_.certainty) == carried
    assert len(rule_.certainty) == len(carried)


@every_rule
def test_an_assumption_is_spelled_out_and_nothing_else_is(rule_: Rule) -> None:
    assert (rule_.assumed_part is not None) == ("assumed" in rule_.certainty)


@every_rule
def test_family_fixes_capability_and_editions(rule_: Rule) -> None:
    assert rule_.capability == CAPABILITIES[rule_.family]
    copy = rule_.family == "CP"
    assert rule_.editions == (("documented", "measured") if copy else ("vendor", "seed"))


def test_titles_are_distinct() -> None:
    titles = {rule_.title for rule_ in load_catalogue()}
    assert len(titles) == len(load_catalogue())


# ACCESS


def test_rule_finds_by_id() -> None:
    assert rule("FL-03") is load_catalogue().by_id["FL-03"]
    assert (rule("FL-03").family, rule("FL-03").number) == ("FL", 3)


@pytest.mark.parametrize("id", ["fl-03", "HD-20", ""])
def test_an_unknown_id_is_answered_with_those_there_are(id: str) -> None:
    ranges = "HD-01 to HD-19, FL-01 to FL-30, ST-01 to ST-29, CP-01 to CP-22"
    with pytest.raises(UnknownRuleError, match=f"{id!r}; rules are {ranges}"):
        rule(id)


def test_families_keep_their_order_and_numbers_theirs() -> None:
    catalogue = parse_catalogue(
        {"cp.toml": rules("CP-01"), "hd.toml": rules("HD-02") + rules("HD-01")}
    )
    assert isinstance(catalogue, Catalogue)
    assert [rule_.id for rule_ in catalogue] == ["HD-01", "HD-02", "CP-01"]


# DAMAGE


def rules(*ids: str, **changes: str | None) -> str:
    """Sound TOML rules of these ids; ``changes`` gives a key another TOML value, None drops it."""
    lines = {
        "title": '"A rule"',
        "statement": '"It holds.\\nAlways."',
        "capability": '"distribution"',
        "sources": '[{ kind = "vendor", title = "A manual", where = "page 1" }]',
        "certainty": '["documented"]',
        "editions": '["vendor", "seed"]',
        "set_valued": "false",
    }
    kept = {key: value for key, value in (lines | changes).items() if value is not None}
    return "".join(
        f'[[rule]]\nid = "{id}"\n' + "".join(f"{key} = {value}\n" for key, value in kept.items())
        for id in ids
    )


SOURCE = '{ kind = "vendor", title = "A manual", where = "page 1" }'
DAMAGE: dict[str, tuple[str, str, str]] = {
    # name: (text of hd.toml, the rule blamed, what the message must name)
    "unknown key": (rules("HD-01", colour='"red"'), "HD-01", "unknown field `colour`"),
    "unknown key outside rules": (
        'version = "1"\n' + rules("HD-01"),
        "",
        "unknown field `version`",
    ),
    "unknown key in a source": (
        rules("HD-01", sources=f"[{SOURCE[:-1]}, page = 1 }}]"),
        "HD-01",
        "unknown field `page`",
    ),
    "duplicate id": (rules("HD-01", "HD-01"), "HD-01", "duplicate id"),
    "missing sources": (rules("HD-01", sources=None), "HD-01", "`sources`"),
    "empty sources": (rules("HD-01", sources="[]"), "HD-01", r"\$.sources"),
    "empty source title": (
        rules("HD-01", sources=f"[{SOURCE.replace('A manual', '')}]"),
        "HD-01",
        r"\$.sources\[0\].title",
    ),
    "unknown source kind": (
        rules("HD-01", sources=f"[{SOURCE.replace('vendor', 'rumour')}]"),
        "HD-01",
        "'rumour'",
    ),
    "unknown capability": (rules("HD-01", capability='"fly"'), "HD-01", "'fly'"),
    "unknown certainty": (rules("HD-01", certainty='["likely"]'), "HD-01", "'likely'"),
    "no certainty": (rules("HD-01", certainty="[]"), "HD-01", r"\$.certainty"),
    "unknown edition": (rules("HD-01", editions='["first"]'), "HD-01", "'first'"),
    "malformed id": (rules("HD-1"), "HD-1", r"\$.id"),
    "no id": (rules("HD-01").replace('id = "HD-01"\n', ""), "without an id", "`id`"),
    "id of another family": (rules("HD-01", "FL-02"), "FL-02", "Move it to fl.toml"),
    "gap": (rules("HD-01", "HD-03"), "HD-03", "HD-02 is missing"),
    "gap at the start": (rules("HD-02"), "HD-02", "HD-01 is missing"),
    "gap beside a reserved id": (
        'reserved = ["HD-02"]\n' + rules("HD-01", "HD-04"),
        "HD-04",
        "HD-03 is missing",
    ),
    "reserved id in use": (
        'reserved = ["HD-02"]\n' + rules("HD-01", "HD-02"),
        "HD-02",
        "reserved for another rule",
    ),
    "note for an unlisted edition": (
        rules("HD-01", edition_notes='{ measured = "Otherwise." }'),
        "HD-01",
        "'measured'",
    ),
    "set_valued missing": (rules("HD-01", set_valued=None), "HD-01", "`set_valued`"),
    "set_valued not a boolean": (rules("HD-01", set_valued='"no"'), "HD-01", r"\$.set_valued"),
    "title too long": (rules("HD-01", title=f'"{"x" * 61}"'), "HD-01", r"\$.title"),
    "title empty": (rules("HD-01", title='""'), "HD-01", r"\$.title"),
    "no rule": ("", "", "`rule`"),
    "empty rule array": ("rule = []", "", "length >= 1"),
    "rule not an array of tables": ("[rule]\n", "", "Expected `array`"),
    "rules that are not tables": ("rule = [1]\n", "", "Expected `object`"),
    "not TOML": ("[[rule", "", "not TOML"),
}


@pytest.mark.parametrize(("text", "rule_id", "named"), DAMAGE.values(), ids=DAMAGE)
def test_damage_is_refused_with_file_rule_problem_and_remedy(
    text: str, rule_id: str, named: str
) -> None:
    with pytest.raises(CatalogueError, match=named) as caught:
        parse_catalogue({"hd.toml": text})
    error = caught.value
    assert (error.file, error.rule_id) == ("hd.toml", rule_id)
    place = f"hd.toml, rule {rule_id}" if rule_id else "hd.toml"
    assert str(error) == f"{place}: {error.problem}. {error.remedy}"
    assert error.remedy


def test_a_title_of_sixty_characters_is_accepted() -> None:
    assert len(parse_catalogue({"hd.toml": rules("HD-01", title=f'"{"x" * 60}"')})[0].title) == 60


def test_a_file_of_no_family_is_refused() -> None:
    with pytest.raises(CatalogueError, match=r"xx\.toml: no family"):
        parse_catalogue({"xx.toml": rules("HD-01")})


@pytest.mark.parametrize(
    "change", [lambda r: setattr(r, "title", "other"), lambda r: setattr(r, "set_valued", True)]
)
def test_rules_cannot_be_changed(change: Callable[[Any], None]) -> None:
    with pytest.raises(AttributeError):
        change(rule("HD-01"))
