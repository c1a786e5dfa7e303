"""A C-CDA document as a `Paper`: its header, the entries of the sections that are understood, and all its words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portal.interop.ccda.parsing import tree
from portal.interop.ccda.sections import BY_TEMPLATE, MAKERS
from portal.interop.ccda.types import V3, Pointed, each, first_span, local, one, patient, spoken_name, words
from portal.interop.ccda.types import templates as templates_of
from portal.interop.papers import Item, Paper, Unreadable
from portal.interop.text import clean

MOST_ITEMS = 2000
MOST_TEXT = 20_000  # of one section
MOST_SECTIONS = 80
_ROWS = frozenset({"tr", "paragraph", "item", "caption", "br", "list", "table", "footnote"})


def read(content: bytes) -> Paper:
    """Read a document. Raises `Unreadable`: whatever `parsing.tree` does, not-ccda, two-patients, too-many-parts."""
    root = tree(content)
    if root.tag != f"{{{V3}}}ClinicalDocument":
        raise Unreadable("not-ccda")
    roles = list(each(root, "recordTarget", "patientRole"))
    if len(roles) > 1:
        raise Unreadable("two-patients")
    if not roles:
        raise Unreadable("no-patient")
    pointed = Pointed(root)
    author, organization = _author(root)
    sections = list(_sections(one(root, "component", "structuredBody")))[:MOST_SECTIONS]
    items: list[Item] = []
    left: list[tuple[str, str]] = []
    for section, title in sections:
        _read_section(section, title, pointed, (author, organization), items, left)
    code, version = one(root, "code"), one(root, "versionNumber")
    told = (version.get("value") or "") if version is not None else ""
    return Paper(
        kind="ccda",
        patient=patient(roles[0]),
        items=tuple(items),
        title=clean(words(one(root, "title"), 200)),
        type_code=(code.get("code") or "")[:20] if code is not None else "",
        number=_number(one(root, "id")),
        series=_number(one(root, "setId")),
        version=int(told) if told.isascii() and told.isdecimal() and len(told) < 7 else None,
        made=first_span(root)[0] or "",
        author=author,
        organization=organization,
        sections=tuple((title, said) for section, title in sections if (said := _narrative(one(section, "text")))),
        left_out=tuple(left),
    )


def _number(element: Any) -> str:
    if element is None or element.get("nullFlavor"):
        return ""
    return "|".join(part for part in (element.get("root"), element.get("extension")) if part)[:300]


def _sections(parent: Any, depth: int = 0) -> Iterator[tuple[Any, str]]:
    """All sections with their headings, those within others after them."""
    if parent is None or depth > 4:
        return
    for section in each(parent, "component", "section"):
        yield section, clean(words(one(section, "title"), 200))
        yield from _sections(section, depth + 1)


def _read_section(
    section: Any, title: str, pointed: Pointed, by: tuple[str, str], items: list[Item], left: list[tuple[str, str]]
) -> None:
    maker = MAKERS.get(_code(section))
    if maker is None:
        return
    here = _author(section, *by)
    for entry in each(section, "entry"):
        before = len(items)
        for resource in maker(entry, pointed):
            if len(items) >= MOST_ITEMS:
                raise Unreadable("too-many-parts")
            author, organization = _author_of(entry, *here)
            items.append(Item(resource, author, organization, title))
        if len(items) == before:
            left.append((title, "no-code"))


def _code(section: Any) -> str:
    code = one(section, "code")
    told = (code.get("code") or "") if code is not None else ""
    if told in MAKERS:
        return told
    return next((BY_TEMPLATE[root] for root in templates_of(section) if root in BY_TEMPLATE), "")


def _author(parent: Any, author: str = "", organization: str = "") -> tuple[str, str]:
    """Who wrote it, and for whom they work; else what is known of what is around it."""
    for element in each(parent, "author"):
        assigned = one(element, "assignedAuthor")
        name = clean(spoken_name(one(assigned, "assignedPerson", "name")))[:200]
        house = clean(words(one(assigned, "representedOrganization", "name"), 200))
        if name or house:
            return name or (author if not house else ""), house or organization
    return author, organization


def _author_of(entry: Any, author: str, organization: str) -> tuple[str, str]:
    """The author nearest to the statement: in it, or in the act around it."""
    for element in entry.iter(f"{{{V3}}}author"):
        holder = element.getparent()
        found = _author(holder)
        if any(found):
            return found[0], found[1] or organization
    return author, organization


def _narrative(text: Any) -> str:
    """The words of a section, a line a row; nothing of its markup, whatever that is."""
    if text is None:
        return ""
    lines: list[str] = []
    pieces: list[str] = []
    size = 0

    def end_line() -> None:
        if said := clean(" ".join("".join(pieces).split())):
            lines.append(said)
        pieces.clear()

    for event, element in _walk(text):
        name = local(element)
        if event == "start":
            if name in _ROWS:
                end_line()
            elif name in ("td", "th") and pieces:
                pieces.append(" · ")
            said = element.text
        else:
            if name in _ROWS:
                end_line()
            said = element.tail if element is not text else None
        if said:
            size += len(said)
            pieces.append(said)
        if size > MOST_TEXT:
            break
    end_line()
    return "\n".join(line.strip(" ·") for line in lines if line.strip(" ·"))[:MOST_TEXT]


def _walk(text: Any) -> Iterator[tuple[str, Any]]:
    from lxml import etree

    yield from etree.iterwalk(text, events=("start", "end"))
