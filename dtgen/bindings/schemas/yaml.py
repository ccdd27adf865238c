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
_ODD = re.compile(r"^%YAML (?!1\.2$)|\t|(?:^|[-:?,\[{]) *[&!]\S|[|>][-+0-9]*#|['\"]:\S", re.MULTILINE)


def read(text: str) -> dict[str, Any] | None:
    """What ruamel.yaml would read; None where that is not certain, or where it is no mapping."""
    import ryaml

    if _ODD.search(text):
        return None
    try:
        data = ryaml.loads(text)  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001  what is wrong is ruamel.yaml's to say
        return None
    return data if isinstance(data, dict) and not _is_disputed(data) else None


def _is_disputed(value: Any) -> bool:
    if isinstance(value, float):
        return True
    if isinstance(value, str):
        return bool(_DISPUTED.fullmatch(value))
    if isinstance(value, dict):
        return any(not isinstance(k, str) or _is_disputed(k) or _is_disputed(v) for k, v in value.items())
    return isinstance(value, list) and any(map(_is_disputed, value))
