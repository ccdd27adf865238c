"""Slips that the tokens around a syntax error tell: quotes, brackets, references, `=`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dtgen.dts.lexer import Kind, Token

Slip = tuple[Token, str, str]
"""Where it is, what it is, and what to write."""

_TYPOGRAPHIC = frozenset("“”„‟‘’‚«»")


def slips(before: Sequence[Token], following: Sequence[Token]) -> Iterator[Slip]:
    """What a syntax error at the first token of `following` can mean, the most certain first."""
    token, *after = following
    if token.text in _TYPOGRAPHIC:
        yield token, f"{token.text} is a typographic quote", 'write ": strings take plain double quotes'
    elif token.is_mark("&") and after and after[0].kind is Kind.WORD:
        yield token, "a blank behind &", f"write &{after[0].text}"
    elif token.is_mark("=") and after and after[0].is_mark("="):
        yield token, "== is a comparison", "write ="
    elif token.kind is Kind.REFERENCE:
        yield from labelled(before, token)
    if token.value:
        yield from _in_value(before, following)


def labelled(before: Sequence[Token], reference: Token) -> Iterator[Slip]:
    """A label in front of a reference, which dtc takes of nodes of the same source alone."""
    if len(before) > 1 and before[-1].is_mark(":") and before[-2].kind is Kind.WORD:
        label = before[-2].text
        yield before[-2], f"{reference.text} takes no label here", f"remove {label}:"


def _in_value(before: Sequence[Token], following: Sequence[Token]) -> Iterator[Slip]:
    token = following[0]
    start = next((n for n in range(len(before), 0, -1) if before[n - 1].is_mark("=", ",", "<", "[")), 0)
    opened = before[start - 1]
    value = (*before[start:], *_until(following, ";", ">", "]", "}"))
    if opened.is_mark("<") and token.kind is Kind.STRING:
        yield token, "a string between < and >", f"write {token.text} without < >"
    elif opened.is_mark("[") and any(t.kind is Kind.REFERENCE for t in value):
        yield opened, "[ ] is for bytes", f"write {_cells(value)}"
    elif opened.is_mark("[") and token.text.startswith(("0x", "0X")):
        yield opened, "[ ] is for bytes, which have no 0x", _bytes_or_cells(value)
    elif opened.is_mark("=", ",") and token.text[0].isdigit() and _are_cells(value):
        yield value[0], "cells without < >", f"write {_cells(value)}"


def _are_cells(value: Sequence[Token]) -> bool:
    """Whether nothing but < > is missing; what is on the next line lacks a ; before it."""
    return value[0].line == value[-1].line and not any(
        token.is_mark(">", "]") or token.kind in (Kind.STRING, Kind.KEYWORD) for token in value
    )


def _cells(value: Sequence[Token]) -> str:
    return f"<{' '.join(token.text for token in value if not token.is_mark(','))}>"


def _bytes_or_cells(value: Sequence[Token]) -> str:
    digits = [token.text[2:] for token in value if token.text.startswith(("0x", "0X"))]
    if len(digits) < len(value):
        return "write each byte as two hex digits, or cells as <0x10 0x20>"
    is_bytes = all(len(byte) == 2 for byte in digits)
    return f"write [{' '.join(digits)}]" if is_bytes else f"write {_cells(value)}"


def _until(tokens: Sequence[Token], *marks: str) -> Iterator[Token]:
    """Those before one of the marks, or the next line."""
    for token in tokens:
        if token.is_mark(*marks) or token.line != tokens[0].line:
            return
        yield token
