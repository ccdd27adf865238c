"""What all pictures have in common: elements whose text is escaped, colours, a document of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from dtgen.records import dataclass
from dtgen.report.visible import shortened, visible

ADVANCE = 6.7
"""Of a character of the labels, in pixels: no common monospaced font is wider at 11 px."""
LINE = 15
"""Of text, in pixels."""
WIDTH = 960
"""Of every picture."""
MARGIN = 12


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of `WIDTH` pixels."""

    height: int
    title: str
    """In a few words."""
    description: str
    """A sentence for those who do not see it."""
    body: str
    """Elements."""


def element(name: str, content: str = "", **attributes: object) -> str:
    """An element; `content` is SVG. `class_` is the attribute `class`, and `_` stands for `-`."""
    pairs = (
        f' {key.rstrip("_").replace("_", "-")}="{escape(visible(str(value)))}"'
        for key, value in attributes.items()
        if value is not None and value != ""
    )
    return f"<{name}{''.join(pairs)}>{content}</{name}>" if content else f"<{name}{''.join(pairs)}/>"


def text(x: float, y: float, content: str, class_: str = "") -> str:
    """A line of text, escaped; nothing where there is none."""
    if not content:
        return ""
    return element("text", escaped(content), x=number(x), y=number(y), class_=class_)


def group(content: Iterable[str], title: str = "") -> str:
    """Elements with what appears when one points at them."""
    shown = element("title", escaped(title)) if title else ""
    return element("g", shown + "".join(content))


def escaped(content: str) -> str:
    return escape(visible(content), quote=False)


def number(value: float) -> str:
    """As short as it can be."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def box(x: float, y: float, width: float, height: float) -> str:
    """A rectangle as a part of a path."""
    return f"M{number(x)} {number(y)}h{number(width)}v{number(height)}h-{number(width)}z"


def legend(top: float, items: Sequence[tuple[str, str]]) -> tuple[list[str], float]:
    """Swatches with what they mean, in lines of `WIDTH`: the elements and where they end.

    `items`: a swatch of 12 by 10 pixels at the origin, and its text.
    """
    shown: list[str] = []
    x, y = float(MARGIN), top
    for swatch, meaning in items:
        wide = 20 + len(meaning) * ADVANCE + 18
        if x > MARGIN and x + wide > WIDTH:
            x, y = float(MARGIN), y + LINE + 3
        shown.append(element("g", swatch, transform=f"translate({number(x)} {number(y)})"))
        shown.append(text(x + 20, y + 9, meaning, "dim"))
        x += wide
    return shown, y + LINE


PATTERNS = (
    '<pattern id="dt-new" width="8" height="10" patternUnits="userSpaceOnUse">'
    '<path class="new-ground" d="M0 0h8v10h-8z"/><circle class="on-claim" cx="4" cy="5" r="1.3"/></pattern>'
    '<pattern id="dt-conflict" width="5" height="5" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><path class="conflict-ground" d="M0 0h5v5h-5z"/>'
    '<path class="on-claim" d="M0 0h2v5h-2z"/></pattern>'
    '<pattern id="dt-new-conflict" width="8" height="10" patternUnits="userSpaceOnUse">'
    '<path class="conflict-ground" d="M0 0h8v10h-8z"/><path class="on-claim" d="M0 0h2l-2 2zM8 10h-2l2 -2z"/>'
    '<circle class="on-claim" cx="4" cy="5" r="2.4"/><circle class="new-ground" cx="4" cy="5" r="1.6"/>'
    "</pattern>"
    '<pattern id="dt-shared" width="8" height="10" patternUnits="userSpaceOnUse">'
    '<path class="claim-ground" d="M0 0h8v10h-8z"/><path class="on-claim" d="M0 4.2h8v1.6h-8z"/></pattern>'
)
"""What tells claims apart for those who do not see colours: dots, stripes, lines."""

STYLE = """\

.picture{--ink:#1c2530;--dim:#566270;--faint:#e6eaef;--line:#aeb8c4;--paper:#fff;--claim:#4a6fa5;--new:#00735a;
--conflict:#c03a08;--changed:#7d5700;
font:11px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace}
@media (prefers-color-scheme:dark){.picture{--ink:#e4e9ef;--dim:#9eabb9;--faint:#222a34;--line:#4a5664;
--paper:#12171e;--claim:#7da4db;--new:#3fc79a;--conflict:#ff8a57;--changed:#e0b04c}}
@media print{.picture{--ink:#000;--dim:#444;--faint:#eee;--line:#999;--paper:#fff;--claim:#4a6fa5;
--new:#00735a;
--conflict:#c03a08;--changed:#7d5700}}
.picture text{fill:var(--ink)}.picture .dim{fill:var(--dim)}.picture .strong{font-weight:bold}
.picture .end{text-anchor:end}.picture .middle{text-anchor:middle}
.picture .sign-new{fill:var(--new);font-weight:bold}
.picture .sign-conflict{fill:var(--conflict);font-weight:bold}
.picture .sign-changed{fill:var(--changed);font-weight:bold}
.picture .track{fill:var(--faint)}.picture .rule{stroke:var(--line);stroke-width:1;fill:none}
.picture .claim,.claim-ground{fill:var(--claim)}.new-ground{fill:var(--new)}
.conflict-ground{fill:var(--conflict)}
.on-claim{fill:var(--paper)}.picture .claim{stroke:var(--paper);stroke-width:.8}
.picture .shared{fill:url(#dt-shared)}.picture .new{fill:url(#dt-new)}
.picture .conflict{fill:url(#dt-conflict)}
.picture .new-conflict{fill:url(#dt-new-conflict)}
.picture .wide{stroke:var(--dim);stroke-width:2}
.picture .hollow{fill:var(--paper);stroke:var(--dim);stroke-width:1.5}
.picture .off{fill:var(--paper);stroke:var(--dim);stroke-width:1;stroke-dasharray:2 1.5}
.picture .changed{fill:var(--changed)}.picture .echo{opacity:.5}.picture .paper{fill:var(--paper)}
"""


def inline(picture: Picture, name: str) -> str:
    """For a page that has `PATTERNS` and `STYLE`; `name`: unique there, letters, digits and `-`."""
    head = element("title", escaped(picture.title), id=f"{name}-title")
    head += element("desc", escaped(picture.description), id=f"{name}-desc")
    return element(
        "svg",
        head + picture.body,
        class_="picture",
        viewBox=f"0 0 {WIDTH} {picture.height}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )


def document(title: str, pictures: Sequence[Picture]) -> str:
    """A file of its own, with the pictures below one another."""
    height = sum(picture.height for picture in pictures) or 3 * LINE
    content = (
        element("title", escaped(shortened(title, 300))) + element("style", STYLE) + element("defs", PATTERNS)
    )
    content += element("path", class_="paper", d=box(0, 0, WIDTH, height))
    y = 0
    for picture in pictures:
        inside = element("title", escaped(picture.title)) + element("desc", escaped(picture.description))
        content += element("g", inside + picture.body, transform=f"translate(0 {y})")
        y += picture.height
    if not pictures:
        content += text(MARGIN, 2 * LINE, shortened(visible(title), 130))
    return (
        element(
            "svg",
            content,
            xmlns="http://www.w3.org/2000/svg",
            class_="picture",
            viewBox=f"0 0 {WIDTH} {height}",
            width=WIDTH,
            height=height,
        )
        + "\n"
    )
