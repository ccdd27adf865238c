"""`make test-browser`: the pages of `--report` in Chromium, which Debian's package `chromium` has.

Nothing is written to the console, nothing is asked of a network, nothing is wider than the page; links, the filter and
the tables work, axe-core finds nothing serious, and the pages look as those in tests/browser/, which were looked at.
Not a part of `make test`.

    make test-browser                   all of it
    make test-browser UPDATE=--update   keep the pages as they look now; look at them
"""

# ruff: noqa: T201

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page, sync_playwright

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS), str(TESTS / "report")]

import browser_pages  # noqa: E402

REFERENCES = TESTS / "browser"
WIDTHS = (400, 1280)
A4 = 700
"""Pixels between the margins."""
LARGEST = 5 << 20
"""Bytes of a page."""
HEIGHT = 1400
"""Of a screenshot."""
COARSE, DIFFERENT, TOLERANCE = 8, 24, 0.02
"""Squares of so many pixels are compared: which part of them may differ, each by more than so many of 255."""
MOST = 40
"""Findings that axe-core is shown: it takes seconds for each hundred."""
SERIOUS = ("serious", "critical")


class Complaints:
    """What is wrong, of which page."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, page: str, text: str) -> None:
        self.found.append(f"{page}: {text}")
        print(f"{page}: {text}", file=sys.stderr)

    def expect(self, page: str, holds: bool, text: str) -> None:
        if not holds:
            self.add(page, text)


@contextmanager
def opened(browser: Browser, file: Path, complaints: Complaints, **options: object) -> Iterator[Page]:
    """A page in a browser that reports what the page says and asks for."""
    context = browser.new_context(**options)  # type: ignore[arg-type]
    page = context.new_page()
    name = file.stem
    page.on("console", lambda message: complaints.add(name, f"console: {message.text}"))
    page.on("pageerror", lambda error: complaints.add(name, f"error: {error}"))
    page.on("dialog", lambda dialog: complaints.add(name, f"dialog: {dialog.message}"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    title = page.title()
    yield page
    complaints.expect(name, page.title() == title, "a script of a tree has run")
    complaints.expect(name, asked == [file.as_uri()], f"it asked for {asked[1:]}")
    context.close()


def fits(page: Page, name: str, complaints: Complaints) -> None:
    """No width makes a reader scroll sideways, and neither does paper."""
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    for width, media in (*((width, "screen") for width in WIDTHS), (A4, "print")):
        page.emulate_media(media="print" if media == "print" else "screen")
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth")
        complaints.expect(name, wide <= width, f"{wide} pixels are wider than {width} ({media})")
    page.emulate_media(media="screen")


def links_work(page: Page, name: str, complaints: Complaints) -> None:
    """Each leads to what is there, and opens what is folded."""
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = false; })")
    targets = page.evaluate("[...new Set([...document.links].map((link) => link.getAttribute('href')))]")
    complaints.expect(name, bool(targets), "there is no link")
    for target in targets:
        page.evaluate("(hash) => { location.hash = hash; }", target)
        page.wait_for_timeout(20)
        seen = page.evaluate("(id) => document.getElementById(id)?.checkVisibility() ?? false", target[1:])
        complaints.expect(name, bool(seen), f"{target} leads to nothing that can be seen")


def filter_works(page: Page, name: str, complaints: Complaints) -> None:
    """By words and by severity."""
    every = page.locator(".finding").count()
    if page.locator("#filter:visible").count() == 0:
        complaints.expect(name, every < 2 or name == "diagnose", "there is no filter")
        return

    def shown() -> int:
        return int(
            page.evaluate("[...document.querySelectorAll('.finding')].filter((one) => !one.hidden).length")
        )

    words = page.locator("#words")
    complaints.expect(name, shown() == every, "it hides findings unasked")
    words.fill("no finding has these words")
    complaints.expect(name, shown() == 0, "words that nothing has let something be seen")
    complaints.expect(name, page.locator("#shown").inner_text() == f"0 of {every}", "it does not count")
    words.fill("")
    errors = page.locator(".finding[data-severity=error]").count()
    page.locator("#filter input[value=error]").uncheck()
    complaints.expect(name, shown() == every - errors, "errors are not hidden")
    page.locator("#filter input[value=error]").check()
    complaints.expect(name, shown() == every, "they do not come back")


def tables_sort(page: Page, name: str, complaints: Complaints) -> None:
    """Upwards, and downwards when asked again."""
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    button = page.locator("table.sortable th button").first
    if button.count() == 0:
        return
    column = page.locator("table.sortable").first.locator("tbody tr th:first-child")
    for is_reverse in (False, True):
        button.click()
        keys = [_sorted_by(text) for text in column.all_inner_texts()]
        complaints.expect(name, keys == sorted(keys, reverse=is_reverse), "it is not sorted")
    state = page.locator("table.sortable th").first.get_attribute("aria-sort")
    complaints.expect(name, state == "descending", "it does not say how a table is sorted")


def _sorted_by(text: str) -> tuple[bool, float, str]:
    """Numbers come first; of `0x3000/0xf` and of `3 errors` it is the first one that counts."""
    first = re.split(r"[/\s]", text.strip())[0]
    try:
        return False, float(int(first, 16) if first.startswith("0x") else float(first)), ""
    except ValueError:
        return True, 0, text.strip().lower()


def is_accessible(page: Page, name: str, complaints: Complaints) -> None:
    """axe-core finds nothing serious, with all open; of findings, which are alike, it sees the first ones."""
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    page.evaluate(
        "(most) => [...document.querySelectorAll('.finding')].slice(most).forEach((one) => one.remove())",
        MOST,
    )
    for violation in Axe().run(page).response["violations"]:
        if violation["impact"] in SERIOUS:
            node = violation["nodes"][0]["html"][:200]
            complaints.add(name, f"{violation['id']}: {violation['help']}: {node}")


def looks_as_kept(browser: Browser, file: Path, complaints: Complaints, update: bool) -> None:
    """As the picture that was looked at, within the tolerance."""
    for width, scheme in ((1280, "light"), (400, "dark")):
        with opened(
            browser, file, complaints, viewport={"width": width, "height": HEIGHT}, color_scheme=scheme
        ) as page:
            now = file.with_name(f"{file.stem}-{width}-{scheme}.png")
            page.screenshot(path=now)
        kept = REFERENCES / now.name
        if update:
            REFERENCES.mkdir(exist_ok=True)
            Image.open(now).convert("RGB").quantize(200, Image.Quantize.MAXCOVERAGE).save(kept, optimize=True)
        elif not kept.exists():
            complaints.add(file.stem, f"{kept} is missing: run with --update, and look at it")
        elif (part := _difference(now, kept)) > TOLERANCE:
            shutil.copy(now, TESTS.parent / "build" / now.name)
            complaints.add(file.stem, f"{part:.1%} of it look unlike {kept}; as it is now: build/{now.name}")


def _difference(one: Path, other: Path) -> float:
    """Which part of two pictures differs."""
    images = [Image.open(file).convert("RGB") for file in (one, other)]
    if images[0].size != images[1].size:
        return 1.0
    small = [image.reduce(COARSE) for image in images]
    unlike = [max(pixel) > DIFFERENT for pixel in ImageChops.difference(*small).getdata()]
    return sum(unlike) / len(unlike)


def test(browser: Browser, file: Path, complaints: Complaints) -> None:
    """All that holds for every page."""
    name, size = file.stem, file.stat().st_size
    complaints.expect(name, size < LARGEST, f"it has {size} bytes")
    for scheme in ("light", "dark"):
        with opened(
            browser, file, complaints, viewport={"width": 1280, "height": 900}, color_scheme=scheme
        ) as page:
            is_accessible(page, name, complaints)
    started = time.monotonic()
    with opened(browser, file, complaints, viewport={"width": 1280, "height": 900}) as page:
        took = time.monotonic() - started
        filter_works(page, name, complaints)
        tables_sort(page, name, complaints)
        links_work(page, name, complaints)
        fits(page, name, complaints)
    # complete without the script, too
    with opened(browser, file, complaints, java_script_enabled=False) as page:
        complaints.expect(name, page.locator("h1").inner_text() != "", "there is no verdict without scripts")
    print(f"{name}: {size / 1024:.0f} KiB, opened in {took * 1000:.0f} ms")


def main() -> int:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not chromium:
        print("chromium is missing: apt-get install chromium, or set CHROMIUM to its path", file=sys.stderr)
        return 2
    complaints = Complaints()
    update = "--update" in sys.argv
    (TESTS.parent / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="dtgen-browser-") as directory, sync_playwright() as playwright:
        pages = browser_pages.make(Path(directory))
        # without a sandbox: in a container the user is root, and the pages are ours
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for file in pages.values():
            test(browser, file, complaints)
        for name in [*browser_pages.RUNS][:5]:
            looks_as_kept(browser, pages[name], complaints, update)
        browser.close()
    print(f"{len(complaints.found)} complaints of {len(pages)} pages")
    return 1 if complaints.found else 0


if __name__ == "__main__":
    sys.exit(main())
