"""What is printed to reproduce a counterexample: a shell and Python read it as it was meant."""

from __future__ import annotations

import ast
import os
import subprocess

import pytest

from properties.engine.reproducing import replay_command, replay_test, shell_line

WORDS = [
    "plain",
    "",
    "two words",
    "it's",
    'a "quoted" one',
    "$HOME `id` $(id) \\ * ? ~ # ! & ; | < >",
    "line\nfeed",
    "ends in a line feed\n",
    "\x1b[31mred\x07 \x9b tab\t",
    "\u202eedirrevo \u200b",
    "100% \\033",
    "caf\u00e9 \U0001f600",
    os.fsdecode(b"latin \xe9"),
]


@pytest.mark.parametrize("word", WORDS, ids=ascii)
def test_a_shell_reads_the_words_that_were_meant(word: str) -> None:
    line = shell_line(["printf", "%s.", word, "--", word])
    read = subprocess.run(["sh", "-c", line], capture_output=True, check=True, timeout=60).stdout
    assert read == os.fsencode(f"{word}.--.{word}.")
    assert line.replace("\n", "").isprintable()


def test_a_directory_that_begins_with_a_dash_is_no_option() -> None:
    told = replay_command("-r/one", "cmd:./my loader --flag")
    assert told == "loadproof replay ./-r/one --candidate 'cmd:./my loader --flag'"


@pytest.mark.parametrize("word", WORDS, ids=ascii)
def test_python_reads_the_words_that_were_meant(word: str) -> None:
    told = replay_test("fastload.duplicates.equal-rows", f"/reports/a{word}", word)
    found = [node.value for node in ast.walk(ast.parse(told)) if isinstance(node, ast.Constant)]
    assert {f"/reports/a{word}", word} <= set(found)
    assert "def test_fastload_duplicates_equal_rows() -> None:" in told
