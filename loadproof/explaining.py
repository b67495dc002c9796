"""Telling one rule: what it says, where it comes from, and what exercises it."""

from __future__ import annotations

from typing import Any

import msgspec
from rich.console import Console
from rich.markup import escape

from candidates.faulty import FAULTS
from properties.engine.registry import select
from specs.rules import rule


def explain_as_json(rule_id: str) -> dict[str, Any]:
    """The rule with its properties and planted faults as a JSON value."""
    told: dict[str, Any] = msgspec.to_builtins(rule(rule_id))
    told["properties"] = [
        {"id": claimed.id, "sentence": claimed.sentence} for claimed in select(rules=[rule_id])
    ]
    told["planted_faults"] = [
        {"name": planted.name, "sentence": planted.sentence}
        for planted in FAULTS
        if planted.rule == rule_id
    ]
    return told


def show_rule(rule_id: str, console: Console) -> None:
    """Print the rule for people."""
    told = rule(rule_id)
    console.print(f"[bold]{told.id}  {escape(told.title)}[/]")
    console.print(escape(told.statement.strip()), highlight=False)
    for edition, note in told.edition_notes.items():
        console.print(f"  edition [italic]{edition}[/]: {escape(note.strip())}", highlight=False)
    console.print(f"capability: {told.capability}; certainty: {', '.join(told.certainty)}")
    if told.set_valued:
        console.print("several outcomes are permitted; a checker accepts exactly those")
    if told.assumed_part:
        console.print(f"assumed: {escape(told.assumed_part.strip())}", highlight=False)
    console.print("sources:")
    for source in told.sources:
        console.print(f"  {escape(source.title)}, {escape(source.where)} ({source.kind})")
    claims = explain_as_json(rule_id)
    console.print("properties:" if claims["properties"] else "properties: none yet (not covered)")
    for claimed in claims["properties"]:
        console.print(f"  {claimed['id']}", highlight=False, soft_wrap=True)
    if claims["planted_faults"]:
        console.print("planted faults:")
        for planted in claims["planted_faults"]:
            sentence = escape(planted["sentence"])
            console.print(f"  {planted['name']}: {sentence}", highlight=False, soft_wrap=True)
