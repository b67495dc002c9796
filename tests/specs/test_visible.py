"""No character of somebody else's text moves a cursor, and each can still be told."""

from __future__ import annotations

import pytest

from specs.visible import visible, visible_document


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("plain, ünïcödé, 漢字, 🙂", "plain, ünïcödé, 漢字, 🙂"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\x9b31m", r"\x9b31m"),
        ("a\u202eb\u2066c", r"a\u202eb\u2066c"),
        ("a\nb\r\tc\x00\x7f", r"a\nb\r\tc\x00\x7f"),
        ("\ud800 \u2028 \ufeff \U000e0041", r"\ud800 \u2028 \ufeff \U000e0041"),
    ],
)
def test_what_cannot_be_seen_is_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert visible(text).isprintable()
    assert visible(shown) == shown


def test_what_is_to_be_kept_is_kept() -> None:
    assert visible("a\n\x1bb\r\n", keep="\n") == "a\n\\x1bb\\r\n"


def test_every_text_of_a_document_is_made_visible() -> None:
    document = {"a\x1b": ["\n", 1, None, {"b": ("\r", True)}]}
    assert visible_document(document) == {r"a\x1b": [r"\n", 1, None, {"b": [r"\r", True]}]}
    assert visible_document(document, keep="\n")[r"a\x1b"][0] == "\n"
