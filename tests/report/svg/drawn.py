"""A picture as elements, for tests."""

from __future__ import annotations

from xml.etree import ElementTree

SVG = "{http://www.w3.org/2000/svg}"


def parsed(document: str) -> ElementTree.Element:
    """Raises: ParseError where it is no XML."""
    return ElementTree.fromstring(document)


def words(root: ElementTree.Element) -> list[str]:
    """All lines of text."""
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def titles(root: ElementTree.Element, kind: str) -> dict[str, list[str]]:
    """What is said of the drawn elements of a class to how each is drawn."""
    found: dict[str, list[str]] = {}
    for group in root.iter(f"{SVG}g"):
        title = group.find(f"{SVG}title")
        paths = [p for p in group.findall(f"{SVG}path") if kind in (p.get("class") or "").split()]
        if title is not None and paths:
            found.setdefault(title.text or "", []).extend(p.get("class") or "" for p in paths)
    return found
