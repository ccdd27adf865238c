"""Print every sentence that dtgen can say, by module: to be read aloud, so that each fits its neighbours.

.venv/bin/python tests/messages.py dtgen/rules
"""

# ruff: noqa: T201

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_WORDS = 4
"""As many as a sentence has at least; what is shorter is a name or a part."""


def messages(file: Path) -> Iterator[tuple[int, str]]:
    """The line and the text of each sentence in a module, with `{}` for what is filled in."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if id(node) not in documentation | parts and isinstance(node, ast.Constant | ast.JoinedStr):
            text = _text(node)
            if len(text.split()) >= _WORDS and "\\" not in text:
                yield node.lineno, text


def _text(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    pieces = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return "".join(map(str, pieces))


def main(*below: str) -> None:
    for directory in below or ("dtgen",):
        for file in sorted((ROOT / directory).rglob("*.py")):
            if found := sorted(set(messages(file))):
                print(f"\n{file.relative_to(ROOT)}")
            for line, text in found:
                print(f"  {line:4}  {' '.join(text.split())}")


if __name__ == "__main__":
    main(*sys.argv[1:])
