"""Schema files read with a fast YAML parser, where it reads what dtschema's own does.

Source: YAML 1.2 as ruamel.yaml resolves it, which dtschema uses.
"""

from __future__ import annotations

import re
from typing import Any

# text to ryaml, and a number, a date, a merge or a tag to ruamel.yaml
_DISPUTED = re.compile(r"[-+]?[0-9._][0-9_.eE+\-:tTzZ ]*|[-+]?0[box][0-9a-fA-F_]*|=|<<|!.*", re.DOTALL)
# tabs, anchors, tags and comments in odd places: ryaml takes what ruamel.yaml does not; and what is
# referred to it copies, whereas dtschema changes it as the one object that it is
_ODD = re.compile(
    r"^%YAML (?!1\.2$)|\t|['\"]:\S|(?:^|(?<=[\s,\[{]))[|>][-+0-9]*#"
    r"|(?:^|[:,\[{]|-(?= )|(?:^|(?<=[\s,\[{:-]))\?) *[&!]\S",
    re.MULTILINE,
)

# blocks of text, in which nothing is odd: examples, as nearly all are written, and values of keys
_BLOCKS = re.compile(
    r"^(?:examples:\n(?:(?: *#.*)?\n)*"
    r"(?:  - \|-?\n\n*( {4,})\S.*\n(?:(?:\1.*)?\n)*(?:(?: *#.*)?\n)*)+"
    r"|( *)[\w$#,.-]+: [|>][-+]?\n\n*(\2 +)\S.*\n(?:(?:\3.*)?\n)*)",
    re.MULTILINE,
)
_BEFORE_COMMENT = frozenset("|>-+0123456789")
_BEFORE_VALUE = frozenset(["", *"\n-:?,[{"])
_BEGINNINGS = frozenset("-+0123456789._=<!")
"""Of what is disputed."""


def read(text: str) -> dict[str, Any] | None:
    """What ruamel.yaml would read; None where that is not certain, or where it is no mapping."""
    import ryaml

    if _may_be_odd(text) and _may_be_odd(rest := _BLOCKS.sub("\n", text)) and _ODD.search(rest):
        return None
    try:
        data = ryaml.loads(text)  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001  what is wrong is ruamel.yaml's to say
        return None
    return data if isinstance(data, dict) and not _is_disputed(data) else None


def _may_be_odd(text: str) -> bool:
    """Whether `_ODD` may be found: to look for it takes as long as to read, and few texts have its parts."""
    return (
        "\t" in text
        or ("%YAML" in text and text.count("%YAML") != text.count("%YAML 1.2\n"))
        or any(before[-1:] in _BEFORE_COMMENT for before in text.split("#"))
        or any(after[:1].strip() for mark in ("':", '":') for after in text.split(mark)[1:])
        or any(_ends_before_value(before) for mark in "&!" for before in text.split(mark)[:-1])
    )


def _ends_before_value(text: str) -> bool:
    return text.rstrip(" ")[-1:] in _BEFORE_VALUE


def _is_disputed(value: Any) -> bool:
    kind = type(value)
    if kind is str:
        return value[:1] in _BEGINNINGS and bool(_DISPUTED.fullmatch(value))
    if kind is dict:
        for key, inner in value.items():
            if type(key) is not str or _is_disputed(key) or _is_disputed(inner):
                return True
        return False
    return kind is float or (kind is list and any(map(_is_disputed, value)))
