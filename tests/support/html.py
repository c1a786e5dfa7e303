"""A small HTML tree with CSS selectors, on the standard library's parser, strict about tags that don't match."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
RAW = frozenset(("script", "style"))
BLOCK = frozenset(
    "address article aside blockquote br dd details dialog div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr legend li main nav ol option p pre section summary table tbody td tfoot th thead "
    "tr ul".split()
)


class Element:
    """One element: `tag`, `attributes`, `children` (elements and strings), `parent`."""

    def __init__(self, tag: str, attributes: dict[str, str], parent: Element | None, line: int = 0) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[Element | str] = []
        self.parent = parent
        self.line = line

    def __repr__(self) -> str:
        shown = "".join(
            f' {k}="{v}"' for k, v in self.attributes.items() if k in ("id", "class", "name", "href", "type")
        )
        return f"<{self.tag}{shown}> (line {self.line})"

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def __contains__(self, name: object) -> bool:
        return name in self.attributes

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    @property
    def classes(self) -> list[str]:
        return self.get("class").split()

    @property
    def id(self) -> str:
        return self.get("id")

    @property
    def elements(self) -> list[Element]:
        """Child elements, without the text between them."""
        return [child for child in self.children if isinstance(child, Element)]

    def walk(self) -> Iterator[Element]:
        """All elements below this one, in document order."""
        for child in self.elements:
            yield child
            yield from child.walk()

    def ancestors(self) -> Iterator[Element]:
        above = self.parent
        while above is not None:
            yield above
            above = above.parent

    @property
    def text(self) -> str:
        """All text inside, as a reader sees it: white space collapsed, scripts and templates left out."""
        return " ".join("".join(self._pieces()).split())

    def _pieces(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag not in RAW and child.tag not in ("template", "noscript"):
                edge = " " if child.tag in BLOCK else ""
                yield edge
                yield from child._pieces()
                yield edge

    @property
    def own_text(self) -> str:
        return " ".join("".join(c for c in self.children if isinstance(c, str)).split())

    def select(self, selector: str) -> list[Element]:
        """All elements below that match a CSS selector, in document order."""
        matches = _compile(selector)
        return [element for element in self.walk() if matches(element)]

    def one(self, selector: str) -> Element:
        """The only element that matches; fails when there are none or several."""
        found = self.select(selector)
        assert len(found) == 1, f"{len(found)} elements match {selector!r}: {found[:5]}"
        return found[0]

    def first(self, selector: str) -> Element | None:
        return next(iter(self.select(selector)), None)

    def matches(self, selector: str) -> bool:
        return _compile(selector)(self)


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("#document", {}, None)
        self.top = self.root
        self.problems: list[str] = []
        self.doctype = ""

    def handle_decl(self, decl: str) -> None:
        self.doctype = decl

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.problems.append(f"<{tag}> says an attribute twice: {names} (line {self.getpos()[0]})")
        element = Element(tag, {name: value or "" for name, value in attrs}, self.top, self.getpos()[0])
        self.top.children.append(element)
        if tag not in VOID:
            self.top = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        before = self.top
        self.handle_starttag(tag, attrs)
        if self.top is not before:
            if not any(e.tag in ("svg", "math") for e in [self.top, *self.top.ancestors()]):
                self.problems.append(f"<{tag}/> closes itself, which HTML does not know (line {self.getpos()[0]})")
            self.top = before

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            self.problems.append(f"</{tag}> is not needed (line {self.getpos()[0]})")
            return
        if self.top.tag == tag:
            self.top = self.top.parent or self.root
            return
        self.problems.append(f"</{tag}> closes {self.top!r} (line {self.getpos()[0]})")
        for above in self.top.ancestors():
            if above.tag == tag:
                self.top = above.parent or self.root
                return

    def handle_data(self, data: str) -> None:
        self.top.children.append(data)


def parse(html: str) -> tuple[Element, list[str], str]:
    """The tree, what is wrong with its tags, and the doctype."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    still_open = []
    while builder.top is not builder.root and builder.top.parent is not None:
        still_open.append(repr(builder.top))
        builder.top = builder.top.parent
    if still_open:
        builder.problems.append(f"never closed: {', '.join(still_open)}")
    return builder.root, builder.problems, builder.doctype


# --- selectors: tag #id .class [attr] [attr=v] [attr^=v] [attr$=v] [attr*=v] [attr~=v] :not(…) :first-child, and a b,
# a > b, a + b, and lists of them

Test = Callable[[Element], bool]
_cache: dict[str, Test] = {}
_SIMPLE = re.compile(
    r"""(?P<tag>[a-zA-Z][\w-]*|\*)|\#(?P<id>[\w:-]+)|\.(?P<class>[\w-]+)"""
    r"""|\[(?P<attr>[\w:-]+)(?:(?P<op>[\^$*~|]?=)(?P<quote>["']?)(?P<value>.*?)(?P=quote))?\]"""
    r"""|:not\((?P<not>[^()]+)\)|:(?P<pseudo>first-child|last-child)"""
)


def _compile(selector: str) -> Test:
    if selector not in _cache:
        options = [_compile_chain(part.strip()) for part in _split(selector, ",")]
        _cache[selector] = lambda element: any(option(element) for option in options)
    return _cache[selector]


def _split(text: str, mark: str) -> list[str]:
    parts, depth, quote, current = [], 0, "", ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in "[(":
            depth += 1
        elif letter in ")]":
            depth -= 1
        if letter == mark and depth == 0 and not quote:
            parts.append(current)
            current = ""
        else:
            current += letter
    return [*parts, current]


def _compile_chain(selector: str) -> Test:
    spaced = re.sub(r"\s*([>+])\s*(?![^\[]*\])", r" \1 ", selector)
    words = [word for word in _split(re.sub(r"\s+", " ", spaced), " ") if word]
    assert words, f"empty selector {selector!r}"
    test = _compile_simple(words.pop())
    steps: list[tuple[str, Test]] = []
    while words:
        word = words.pop()
        relation = " "
        if word in (">", "+"):
            relation, word = word, words.pop()
        steps.append((relation, _compile_simple(word)))
    return lambda element: test(element) and _holds(element, steps)


def _holds(element: Element, steps: list[tuple[str, Test]]) -> bool:
    if not steps:
        return True
    (relation, test), rest = steps[0], steps[1:]
    if relation == ">":
        return element.parent is not None and test(element.parent) and _holds(element.parent, rest)
    if relation == "+":
        siblings = element.parent.elements if element.parent else []
        place = siblings.index(element)
        return place > 0 and test(siblings[place - 1]) and _holds(siblings[place - 1], rest)
    return any(test(above) and _holds(above, rest) for above in element.ancestors())


def _compile_simple(word: str) -> Test:
    tests: list[Test] = []
    place = 0
    while place < len(word):
        match = _SIMPLE.match(word, place)
        assert match, f"can't read {word[place:]!r} in the selector {word!r}"
        tests.append(_one_test(match))
        place = match.end()
    return lambda element: all(test(element) for test in tests)


def _one_test(match: re.Match[str]) -> Test:
    part = match.groupdict()
    if part["tag"]:
        return lambda e: part["tag"] in ("*", e.tag)
    if part["id"]:
        return lambda e: e.id == part["id"]
    if part["class"]:
        return lambda e: part["class"] in e.classes
    if part["not"]:
        inner = _compile(part["not"])
        return lambda e: not inner(e)
    if part["pseudo"]:
        end = 0 if part["pseudo"] == "first-child" else -1
        return lambda e: e.parent is not None and e.parent.elements[end] is e
    name, value = part["attr"], part["value"] or ""
    match part["op"]:
        case None:
            return lambda e: name in e
        case "=":
            return lambda e: name in e and e[name] == value
        case "^=":
            return lambda e: e.get(name).startswith(value)
        case "$=":
            return lambda e: e.get(name).endswith(value)
        case "*=":
            return lambda e: value in e.get(name)
        case _:
            return lambda e: value in e.get(name).split()
