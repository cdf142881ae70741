"""The documentation site, but for Sphinx: every page is in a table of contents, every link and anchor leads somewhere.

The session `docs` of noxfile.py builds it, with what Sphinx warns of as errors.
"""

import re
from pathlib import Path

from tables import every_row

import matcalc
from docs import build_site, generate_pictures

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
PAGES = build_site.pages()


def anchors(text):
    """Return the anchors of the headings of a page, as GitHub and MyST make them."""
    headings = re.findall(r"^#{1,4} (.+)$", FENCE.sub("", text), re.MULTILINE)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "") for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain}


ANCHORS = {source: anchors((ROOT / source).read_text(encoding="utf-8")) for source in PAGES}


def test_every_page_is_in_one_table_of_contents(tmp_path):
    contents = build_site.listed("docs/index.md")
    inner = [child for source in PAGES for child in build_site.children(source)]
    new = build_site.unlisted()
    assert sorted([*contents, *inner, *new, "index.md"]) == sorted([*PAGES.values(), "api.md"])
    build_site.gather(tmp_path)
    shown = (tmp_path / "index.md").read_text(encoding="utf-8")
    assert all(f"\n{page.removesuffix('.md')}\n" in shown for page in new)


@every_row("source", PAGES)
def test_anchors_of_links_are_headings(source):
    text = FENCE.sub("", (ROOT / source).read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+#[^)\s]+|#[^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        if "://" not in target:
            assert anchor in ANCHORS[build_site.linked(source, path) if path else source], target


def test_the_links_of_the_gathered_pages_lead_to_gathered_files(tmp_path):
    build_site.gather(tmp_path)
    for target in PAGES.values():
        page = tmp_path / target
        text = FENCE.sub("", page.read_text(encoding="utf-8"))
        assert "```mermaid" not in text
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            if not re.match("[a-z]+:|#", link):
                assert (page.parent / link.partition("#")[0]).is_file(), f"{target}: {link}"


def test_a_page_is_rewritten_outside_of_its_code_alone():
    text = "[a](../README.md#set-up-and-run)\n```console\n$ [b](../README.md)\n\n```\n[c](https://x.org) [d](#e)\n"
    assert build_site.rewritten("docs/notes/calculus.md", text.replace("../", "../../")) == (
        "[a](../overview.md#set-up-and-run)\n```console\n$ [b](../../README.md)\n```\n[c](https://x.org) [d](#e)\n"
    )


def test_the_reference_has_every_public_name():
    names = [name for group in build_site.API.values() for name in group]
    expected = {*matcalc.__all__, *(f"linalg.{name}" for name in matcalc.linalg.__all__)} - {"linalg"}
    assert set(names) == expected and len(names) == len(expected)


def test_every_picture_is_there_and_shown():
    shown = (ROOT / "docs" / "gallery" / "pictures.md").read_text(encoding="utf-8")
    for name in generate_pictures.PICTURES:
        assert (ROOT / "docs" / "images" / f"{name}.svg").stat().st_size > 1000
        assert f"](../images/{name}.svg)" in shown or name == "architecture"


def test_the_picture_of_the_stations_is_up_to_date():
    pictured = (ROOT / "docs" / "images" / "architecture.svg").read_text(encoding="utf-8")
    chart = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for label in re.findall(r'\w\[\(?"([^":]+)', chart):
        assert label in pictured, f"{label}: run python -m docs.generate_pictures"


def test_nothing_is_fetched_from_elsewhere():
    for path in (ROOT / "docs" / "site").iterdir():
        assert not re.search("https?://|@import", path.read_text(encoding="utf-8")), path.name
