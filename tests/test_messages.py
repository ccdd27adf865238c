"""Messages are plain English: the phrases that were in them once do not come back."""

from __future__ import annotations

import re

from corpus import ROOT
from messages import LIST, listing, messages

INSTEAD = {
    r"\btold\b": "said, or nothing: `dtgen says`",
    r"\b(?:is|are) due\b": "is missing, should be",
    r"\bbelongs? into\b": "belongs in",
    r"\bwhich (?:is|are) no \w": "which is not a",
    r"\{\} is no (?!longer)\w": "is not a",
    r"\bthose that there are\b": "them",
    r"\bthis would be\b": "write",
    r"\bleave \S+ away\b": "leave out",
    r"\bis nothing that\b": "is not",
}


def test_phrases_that_nobody_says() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{line}: {text} (write: {instead})"
        for file in sorted((ROOT / "dtgen").rglob("*.py"))
        for line, text in messages(file)
        for phrase, instead in INSTEAD.items()
        if re.search(phrase, text)
    ]
    assert found == []


def test_the_list_of_messages_is_the_one_that_was_read() -> None:
    """After a change: `python tests/messages.py`, and read what is new beside what stands around it."""
    assert listing() == LIST.read_text(encoding="utf-8")


def test_sentences_are_found() -> None:
    """Or the tests above would not look at any."""
    texts = [text for _, text in messages(ROOT / "dtgen/rules/unknown_label.py")]
    assert "another overlay may have to come first, whose label it is" in texts
    assert "{} has no label {}" in texts
