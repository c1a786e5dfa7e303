"""What every page must keep. Each rule yields one sentence for each thing that is wrong, so that a failure can be read.

The sources: WCAG 2.2 A and AA where a parser can tell, the front-end part of the security requirements (strict policy
with a nonce, no inline code, nothing cached), and the house rules for titles and errors.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from tests.support.headers import nonce_of, page_headers
from tests.support.html import Element

Rule = Callable[[Element], Iterator[str]]

EMPTY_LINK_WORDS = {"click here", "here", "more", "read more", "link", "this", "details"}
LABELLED = "input, select, textarea"
NO_LABEL_NEEDED = {"hidden", "submit", "button", "reset", "image"}
REFERENCES = (
    "for",
    "aria-describedby",
    "aria-labelledby",
    "aria-controls",
    "aria-owns",
    "aria-errormessage",
    "headers",
    "list",
    "form",
)
SPILLED = re.compile(r"\{\{|\{%|&(?:amp|lt|gt|quot|#\d+);|\bUndefined\b|<portal\.|object at 0x|%\(\w+\)s|^None$")


def _is_hidden(element: Element) -> bool:
    return any("hidden" in e or e.get("aria-hidden") == "true" for e in [element, *element.ancestors()])


def name_of(element: Element, root: Element) -> str:
    """What a screen reader would call it, near enough (the accessible name computation without CSS)."""
    if element.get("aria-labelledby"):
        parts = [root.first(f"#{part}") for part in element["aria-labelledby"].split()]
        return " ".join(part.text for part in parts if part)
    if element.get("aria-label").strip():
        return element["aria-label"].strip()
    if element.tag in ("input", "select", "textarea"):
        if element.get("type") in ("submit", "button", "reset"):
            return element.get("value").strip()
        labels = [label for label in root.select("label") if element.id and label.get("for") == element.id]
        labels += [above for above in element.ancestors() if above.tag == "label"]
        return " ".join(label.text for label in labels).strip() or element.get("title").strip()
    pictures = [e.get("alt") or e.get("aria-label") or " ".join(t.text for t in e.select("title"))
                for e in element.walk() if e.tag in ("img", "svg") and e.get("aria-hidden") != "true"]  # fmt: skip
    return " ".join([element.text, *pictures]).strip() or element.get("title").strip()


# --- rules for whole pages


def title_and_heading(root: Element) -> Iterator[str]:
    headings = root.select("h1")
    if len(headings) != 1:
        yield f"a page has exactly one h1, this has {len(headings)}: {[h.text for h in headings]}"
    titles = root.select("head > title")
    if len(titles) != 1 or not titles[0].text:
        yield "a page has exactly one title, and it says something"
    elif headings:
        start = headings[0].text
        if not titles[0].text.removeprefix("Error: ").removeprefix("Error\u00a0: ").startswith(start):
            yield f'the title begins with the h1: "{titles[0].text}" does not begin with "{start}"'
    if headings and not headings[0].text:
        yield "the h1 is empty"


def language(root: Element) -> Iterator[str]:
    pages = root.select("html")
    if len(pages) != 1 or not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]+)*", pages[0].get("lang") if pages else ""):
        yield "html names the language of the page (lang)"


def viewport(root: Element) -> Iterator[str]:
    found = root.select('meta[name="viewport"]')
    if not found:
        yield "the page says how wide it is (meta viewport)"
    for element in found:
        if "user-scalable=no" in element.get("content") or "maximum-scale" in element.get("content"):
            yield "people may zoom (meta viewport forbids it)"
    if not root.select("meta[charset]"):
        yield "the page names its character set"


def landmarks(root: Element) -> Iterator[str]:
    mains = root.select("main, [role=main]")
    if len(mains) != 1:
        yield f"a page has one main, this has {len(mains)}"
    elif not mains[0].select("h1"):
        yield "the h1 stands inside main"
    for tag in ("nav", "aside"):
        found = [e for e in root.select(tag) if not _is_hidden(e)]
        names = Counter(name_of(e, root) if e.get("aria-label") or e.get("aria-labelledby") else "" for e in found)
        if len(found) > 1 and (names[""] or max(names.values()) > 1):
            yield f"several {tag}s need names of their own: {sorted(names.elements())}"
    skips = list(root.select("body a[href]"))[:1]
    if not skips or not skips[0]["href"].startswith("#"):
        yield "the first link skips to the content"
    elif mains and skips[0]["href"][1:] not in (e.id for e in [mains[0], *mains[0].walk()]):
        yield f"the skip link {skips[0]['href']} leads to main"


# --- rules for pages and fragments


def unique_ids(root: Element) -> Iterator[str]:
    for name, count in Counter(e.id for e in root.walk() if "id" in e).items():
        if count > 1:
            yield f'the id "{name}" is used {count} times'
        if not name or re.search(r"\s", name):
            yield f"an id may not be empty or hold spaces: {name!r}"


def references(root: Element, whole: bool = True) -> Iterator[str]:
    if not whole:
        return
    ids = {e.id for e in root.walk() if "id" in e}
    for element in root.walk():
        for attribute in REFERENCES:
            for target in element.get(attribute).split():
                if attribute == "form" and element.tag == "form":
                    continue
                if target not in ids:
                    yield f'{element!r}: {attribute}="{target}" points at nothing'
        href = element.get("href")
        if element.tag == "a" and href.startswith("#") and href != "#" and href[1:] not in ids:
            yield f"{element!r}: leads to {href}, which is not on the page"
        if element.tag == "a" and href == "#":
            yield f"{element!r}: a link leads somewhere; use a button for an act"


def labels(root: Element) -> Iterator[str]:
    for field in root.select(LABELLED):
        if field.get("type") in NO_LABEL_NEEDED:
            if field.get("type") in ("submit", "button", "reset") and not name_of(field, root):
                yield f"{field!r}: a button needs a name"
            continue
        if not name_of(field, root):
            yield f"{field!r}: a field needs a label"
        if field.tag != "select" and field.get("type") not in ("checkbox", "radio") and field.get("placeholder"):
            yield f"{field!r}: a placeholder is no help once one types; use a hint"
        if field.get("aria-invalid") == "true" and not field.get("aria-describedby"):
            yield f"{field!r}: a field with an error points at its sentence (aria-describedby)"
    for label in root.select("label"):
        if not label.text:
            yield f"{label!r}: a label says something"


def groups(root: Element) -> Iterator[str]:
    for fieldset in root.select("fieldset"):
        legends = [e for e in fieldset.elements if e.tag == "legend"]
        if (
            (len(legends) != 1 or not legends[0].text)
            and not fieldset.get("aria-labelledby")
            and not fieldset.get("aria-label")
        ):
            yield f"{fieldset!r}: a fieldset has a legend"
    for form in root.select("form"):
        together = Counter(
            (f.get("type"), f.get("name")) for f in form.select("input[type=radio], input[type=checkbox]")
        )
        for (kind, name), count in together.items():
            if count < 2:
                continue
            for field in form.select(f'input[type={kind}][name="{name}"]'):
                if not any(e.tag == "fieldset" or e.get("role") in ("group", "radiogroup") for e in field.ancestors()):
                    yield f'{field!r}: the choices of "{name}" stand in a fieldset with a legend'
                    break


def images(root: Element) -> Iterator[str]:
    for image in root.select("img"):
        if "alt" not in image:
            yield f"{image!r}: an image has a text (alt), or an empty one when it only decorates"
    for picture in root.select("svg"):
        if picture.get("aria-hidden") == "true" or any(e.get("aria-hidden") == "true" for e in picture.ancestors()):
            continue
        if picture.get("role") not in ("img", "presentation", "none") or (
            picture.get("role") == "img"
            and not (picture.get("aria-label") or picture.get("aria-labelledby") or picture.select("title"))
        ):
            yield f'{picture!r}: an svg is role="img" with a name, or aria-hidden'


def heading_order(root: Element, whole: bool = True) -> Iterator[str]:
    level = 0
    for heading in root.select("h1, h2, h3, h4, h5, h6"):
        now = int(heading.tag[1])
        if not heading.text:
            yield f"{heading!r}: a heading says something"
        if level and now > level + 1:
            yield f"{heading!r}: headings go down one level at a time, this jumps from h{level} to h{now}"
        if not level and whole and now > 2:
            yield f"{heading!r}: the first heading is an h1 or h2"
        level = now


def links(root: Element) -> Iterator[str]:
    for link in root.select("a"):
        name = name_of(link, root)
        if "href" not in link and link.get("role") != "link":
            continue
        if not name:
            yield f"{link!r}: a link says where it leads"
        elif name.lower().strip(" .…›→") in EMPTY_LINK_WORDS:
            yield f'{link!r}: "{name}" says nothing about where it leads'
        if link.get("target") == "_blank" and "noopener" not in link.get("rel").split():
            yield f"{link!r}: a new tab may not reach back (rel=noopener)"
        if link.get("href").lower().startswith(("javascript:", "data:", "vbscript:")):
            yield f"{link!r}: a link runs no code"


def buttons(root: Element) -> Iterator[str]:
    for button in root.select("button"):
        if not name_of(button, root):
            yield f"{button!r}: a button says what it does"


def forms(root: Element) -> Iterator[str]:
    for form in root.select("form"):
        method = form.get("method", "get").lower()
        if method not in ("get", "post"):
            yield f"{form!r}: browsers know GET and POST only, this says {method}"
        if "action" in form and not form["action"].strip():
            yield f"{form!r}: an empty action is not allowed in HTML; leave it out or name the address"
        tokens = form.select("input[name=csrf_token]")
        if method == "post" and (len(tokens) != 1 or not tokens[0].get("value")):
            yield f"{form!r}: a form that changes something carries one CSRF token, this has {len(tokens)}"
        if method == "get" and tokens:
            yield f"{form!r}: a GET form would put its CSRF token in the address"
        if not form.select("button, input[type=submit], input[type=image]"):
            outside = [b for b in _top(form).select("button") if form.id and b.get("form") == form.id]
            if not outside:
                yield f"{form!r}: a form can be sent without JavaScript (a button)"
        for inner in form.walk():
            if inner.tag == "form":
                yield f"{form!r}: a form inside a form is not HTML"


def _top(element: Element) -> Element:
    return list(element.ancestors())[-1]


def no_inline_code(root: Element, nonce: str = "") -> Iterator[str]:
    for element in root.walk():
        if "style" in element:
            yield f"{element!r}: no inline style"
        if element.tag == "style":
            yield f"{element!r}: no style element"
        for attribute in element.attributes:
            if attribute.startswith(("on", "hx-on")) and attribute != "one":
                yield f"{element!r}: no inline handler ({attribute})"
        if element.tag == "script":
            if "src" not in element and element.get("type") not in ("application/json", "application/ld+json"):
                yield f"{element!r}: no inline script"
            if nonce and "src" in element and element.get("nonce") != nonce:
                yield f"{element!r}: a script carries the nonce of this answer"
        if nonce and element.get("hx-nonce") not in ("", nonce):
            yield f"{element!r}: hx-nonce is not the nonce of this answer"
        for attribute in ("src", "href", "action", "srcset", "poster", "formaction"):
            address = element.get(attribute)
            loads = element.tag not in ("a", "form")
            if loads and re.match(r"(?:https?:)?//", address):
                yield f"{element!r}: everything a page loads comes from this portal ({address})"
            if (
                address.startswith("http://")
                and element.tag == "a"
                and not address.startswith(("http://localhost", "http://127.0.0.1"))
            ):
                yield f"{element!r}: an outside link is https"


def lists_and_tables(root: Element) -> Iterator[str]:
    for element in root.select("ul, ol"):
        wrong = [child for child in element.elements if child.tag not in ("li", "script", "template")]
        if wrong and element.get("role") not in ("tablist", "menu", "listbox"):
            yield f"{element!r}: a list holds list items, this holds {wrong[:3]}"
    for item in root.select("li"):
        if item.parent is not None and item.parent.tag not in ("ul", "ol", "menu", "#document"):
            yield f"{item!r}: a list item stands in a list"
    for element in root.select("dl"):
        if not element.select("dt") or not element.select("dd"):
            yield f"{element!r}: a description list has terms and descriptions"
    for table in root.select("table"):
        if table.get("role") in ("presentation", "none"):
            continue
        if not table.select("th"):
            yield f"{table!r}: a table has header cells"
        for header in table.select("th"):
            if header.get("scope") not in ("col", "row", "colgroup", "rowgroup"):
                yield f"{header!r}: a header cell says what it heads (scope)"
        if not table.select("caption") and not table.get("aria-labelledby") and not table.get("aria-label"):
            yield f"{table!r}: a table has a caption"


def times(root: Element) -> Iterator[str]:
    for element in root.select("time"):
        if not element.get("datetime"):
            yield f"{element!r}: a time is written for machines too (datetime)"


def nothing_spilled(root: Element) -> Iterator[str]:
    for element in root.walk():
        if element.tag in ("script", "style", "code", "pre", "textarea", "title"):
            continue
        found = SPILLED.search(element.own_text)
        if found:
            yield f"{element!r}: something spilled into the page: {element.own_text[:80]!r}"


PAGE_ONLY: list[Rule] = [title_and_heading, language, viewport, landmarks, references]
EVERYWHERE: list[Rule] = [
    unique_ids, labels, groups, images, links, buttons, forms, lists_and_tables, times, nothing_spilled,
]  # fmt: skip


def inspect(root: Element, headers: Mapping[str, str], *, whole: bool, status: int, https: bool = False) -> list[str]:
    """Every rule that this answer breaks, one sentence each. `whole` is False for a fragment."""
    found = [sentence for rule in EVERYWHERE for sentence in rule(root)]
    found += heading_order(root, whole)
    found += no_inline_code(root, nonce_of(headers))
    found += page_headers(headers, https=https)
    if whole:
        found += [sentence for rule in PAGE_ONLY for sentence in rule(root)]
        found += errors_rule(root, status)
    return found


def errors_rule(root: Element, status: int) -> Iterator[str]:
    """A form with mistakes says so in its title, in a summary that links to the fields, and in its status."""
    summaries = root.select(".nhsuk-error-summary, [data-error-summary], .error-summary")
    title = root.first("head > title")
    says_error = title is not None and title.text.startswith(("Error: ", "Error:"))
    if status == 422 and not summaries:
        yield "a form with mistakes (422) has an error summary"
    if (
        summaries
        and status == 422
        and not says_error
        and (html := root.first("html")) is not None
        and html.get("lang") == "en"
    ):
        yield 'a form with mistakes has a title that begins with "Error: "'
    if status == 200 and says_error:
        yield 'a page without mistakes has no "Error: " in its title'
    for summary in summaries:
        if not summary.select('a[href^="#"]'):
            yield "the error summary links to the fields"
