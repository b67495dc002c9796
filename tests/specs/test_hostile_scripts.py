"""Scripts and documents that nobody wrote in good faith: they end in diagnostics or named errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from properties.engine.history_directory import read_history
from specs.contract.directories import DirectoryError, read_case
from specs.fastload.language import parse

SECRET = "tellnobody"


@pytest.mark.parametrize("what", ["\0", "\ud800"])
def test_what_no_text_holds_is_told_and_nothing_of_the_script_is_shown(what: str) -> None:
    parsed = parse(f"LOGON h/u,{SECRET};\n{what}")
    assert [found.code for found in parsed.diagnostics] == ["no-text"]
    assert SECRET not in f"{parsed.diagnostics}{parsed.redacted}"


def test_a_number_of_many_digits_is_too_large() -> None:
    parsed = parse(f"SESSIONS {'9' * 5_000};")
    found = next(found for found in parsed.diagnostics if found.severity == "error")
    assert found.code == "number-too-large"
    assert len(found.message) < 1_000
    assert len(found.source_line) < 1_000


def test_one_error_too_many_ends_the_telling_and_what_was_not_read_is_hidden() -> None:
    parsed = parse("FOO;\n" * 3_000 + f"LOGON h/u,{SECRET};\n")
    assert parsed.plan is None
    assert len(parsed.diagnostics) == 201
    assert parsed.diagnostics[-1].code == "too-many-mistakes"
    assert parsed.diagnostics[-1].rule == "FL-23"
    assert SECRET not in parsed.redacted


def test_control_characters_show_as_symbols_and_keep_the_marker_in_its_place() -> None:
    parsed = parse("\x1b[31m FOO bar;")
    assert "\x1b" not in str([found.source_line for found in parsed.diagnostics])
    assert parsed.diagnostics[0].source_line == "\u241b[31m FOO bar;"
    assert len(parsed.diagnostics[0].marker) == parsed.diagnostics[0].end_column - 1


def test_a_document_that_is_nested_too_deeply_is_named(tmp_path: Path) -> None:
    for name in ("case.json", "history.json"):
        (tmp_path / name).write_bytes(b"[" * 10_000 + b"]" * 10_000)
    with pytest.raises(DirectoryError, match=r"case\.json.*nested too deeply"):
        read_case(tmp_path)
    with pytest.raises(DirectoryError, match=r"history\.json.*nested too deeply"):
        read_history(tmp_path)
