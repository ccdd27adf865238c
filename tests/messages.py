"""Every sentence that dtgen can say, by module: to be read aloud, so that each fits its neighbours.

.venv/bin/python tests/messages.py      writes them to tests/messages.txt, which tests compare
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_OTHERS = ("dtgen/bringup/messages", "dtgen/validity")
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


def listing() -> str:
    """The sentences in the order of their lines; what a log says is not dtgen's, nor is code a sentence."""
    parts = []
    for file in sorted((ROOT / "dtgen").rglob("*.py")):
        if any(file.is_relative_to(ROOT / other) for other in _OTHERS):
            continue
        if found := dict.fromkeys(" ".join(text.split()) for _, text in sorted(set(messages(file)))):
            parts.append("\n".join((str(file.relative_to(ROOT)), *(f"  {text}" for text in found))))
    return "\n\n".join(parts) + "\n"


LIST = ROOT / "tests/messages.txt"

if __name__ == "__main__":
    LIST.write_text(listing(), encoding="utf-8")
