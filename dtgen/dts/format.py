"""A devicetree source in the kernel's style. What it means stays: white space, hex digits, order of blocks.

One property a line, tabs, one blank line around nodes, none inside of braces; lines that continue a value
stand beneath its first entry. Comments stay with what they precede or follow, preprocessor lines where
they are, properties in their order. Formatting twice gives the same as formatting once.

Source: Documentation/devicetree/bindings/dts-coding-style.rst.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from dtgen.dts.layout import comment_text, statement_lines
from dtgen.dts.lexer import TAB, Kind, Token, width
from dtgen.dts.order import Unit, in_order, runs
from dtgen.dts.syntax import Block, Comment, Directive, Item, Statement, parse


def formatted(text: str, sort: bool = True) -> str:
    """The source in the kernel's style; `sort`: with its blocks in order, too. Raises: Unparsable."""
    items = parse(text)
    lines = list(_items(ordered(items) if sort else items, 0))
    return "".join(f"{line}\n" for line in lines)


def ordered(items: Sequence[Item]) -> tuple[Item, ...]:
    """The top level of a source with its blocks in order."""
    found: list[Item] = []
    for run in runs(items):
        if isinstance(run, tuple):
            found += _moved(run)
        else:
            found.append(run)
    return tuple(found)


def _moved(run: tuple[Unit, ...]) -> Iterator[Item]:
    """Whether a blank line is in front of them is a matter of the place, not of the block."""
    for old, new in zip(run, in_order(run), strict=True):
        first, *others = new.items
        yield dataclasses.replace(first, blank=old.items[0].blank)
        yield from others


def _items(items: Sequence[Item], depth: int) -> Iterator[str]:
    for place, item in enumerate(items):
        if place and _is_apart(items, place, depth):
            yield ""
        yield from _item(item, depth)


def _item(item: Item, depth: int) -> Iterator[str]:
    if isinstance(item, Directive):
        lines = item.token.text.replace("\r", "").split("\n")
        yield from (*lines[:-1], lines[-1].rstrip())
        return
    if isinstance(item, Block):
        lines = list(_block(item, depth))
    elif isinstance(item, Statement):
        lines = statement_lines(item.tokens, depth)
    else:
        lines = comment_text(item.token.text, TAB * depth).split("\n")
        lines[0] = "\t" * depth + lines[0]
    yield from _followed(lines, item.trailing)


def _followed(lines: list[str], comments: Sequence[Token]) -> list[str]:
    """With the comments behind the last line, as far behind it as they were."""
    gap = " "
    for token in comments:
        if token.kind is Kind.SPACE:
            gap = token.text
            continue
        start = f"{lines[-1]}{gap}"
        lines[-1:] = (start + comment_text(token.text, width(start))).split("\n")
        gap = " "
    return lines


def _block(block: Block, depth: int) -> Iterator[str]:
    lines = statement_lines(block.head, depth)
    end = "};" if block.ended else "}"
    if block.hollow is not None:
        lines[-1] += f" {{{' ' if block.hollow else ''}{end}"
        yield from lines
        return
    lines[-1] += " {"
    yield from _followed(lines, block.opening)
    yield from _items(block.items, depth + 1)
    yield "\t" * depth + end


def _is_apart(items: Sequence[Item], place: int, depth: int) -> bool:
    """Whether a blank line stands in front of an item that is not the first."""
    before, item = items[place - 1], items[place]
    if depth == 0 and all(isinstance(other, Comment) for other in items[:place]):
        return item.blank or not isinstance(item, Comment)  # the header
    if isinstance(before, Comment):
        return item.blank
    if isinstance(item, Directive) or isinstance(before, Directive):
        return item.blank or (depth == 0 and _is_apart_from_directive(before, item))
    if isinstance(before, Block) and isinstance(item, Block) and None not in (before.hollow, item.hollow):
        return item.blank  # a list of nodes with nothing in them
    return item.blank or isinstance(before, Block) or _begins_block(items[place:])


def _is_apart_from_directive(before: Item, item: Item) -> bool:
    """Includes stand alone; what `#if` and the like choose from may stand close to them."""
    if isinstance(before, Directive) and isinstance(item, Directive):
        return False
    if isinstance(before, Directive):
        return not before.is_conditional
    return isinstance(item, Directive) and not item.is_conditional


def _begins_block(items: Sequence[Item]) -> bool:
    """Whether a block comes, or the comments right above one."""
    for place, item in enumerate(items):
        if place and item.blank:
            return False
        if not isinstance(item, Comment):
            return isinstance(item, Block)
    return False
