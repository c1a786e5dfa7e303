"""The parts pages are made of: sound markup, the design system's class names, contrast, and what a first view weighs.

They are rendered by a small app of their own, so that a fault here is a fault of the parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import brotli
import pytest
from flask import Flask, render_template, render_template_string
from flask_babel import Babel
from jinja2 import ChainableUndefined, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from wtforms import Form, HiddenField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import InputRequired

from portal.web.fragments import kept
from portal.web.shell import Room
from portal.web.style_guide import SampleForm, sample_page
from portal.web.templates import kept_icons
from tests.support.html import Element, parse
from tests.support.inspection import EVERYWHERE, PAGE_ONLY, heading_order, no_inline_code

ROOT = Path(__file__).resolve().parent.parent.parent
STATIC, TEMPLATES = ROOT / "static", ROOT / "templates"
ERRORS = (400, 403, 404, 409, 410, 422, 429, 500, 503)
CLINIC = SimpleNamespace(
    name="Green Valley", phone="555-0100", emergency_number="911", crisis_number="988",
    nurse_line="555-0119", nurse_hours="8 am to 8 pm",
)  # fmt: skip


def room(label: str, icon: str, count: int = 0, current: bool = False) -> Room:
    return Room(icon, label, icon, f"/{icon}", count, current)


SHELL = SimpleNamespace(
    account_name="Rosa Delgado",
    person="",
    rooms=(
        room("Home", "home", current=True), room("Messages", "message-circle", 2), room("Visits", "calendar"),
        room("Results", "flask-conical", 1), room("Medicines", "pill"), room("Care team", "users"),
    ),
    acting_for=SimpleNamespace(name="Rosa Delgado", relation="as her liaison", back_href="/me"),
    is_wide=False, demo=True, sign_out_href="/out", profile_href="/me", more_href="/more", stay_href="/stay",
    idle_seconds=900, warn_seconds=120,
)  # fmt: skip


@pytest.fixture(scope="module")
def parts() -> Iterator[Flask]:
    """An app with the templates and nothing else."""
    app = Flask(__name__, template_folder=str(TEMPLATES), static_folder=None)
    app.secret_key = "only here"
    Babel(app)
    env = app.jinja_env
    env.undefined, env.trim_blocks, env.lstrip_blocks = StrictUndefined, True, True
    env.globals.update(asset=lambda path: f"/static/{path}", clinic=CLINIC, csrf_token=lambda: "token")
    env.globals.update(sprite_icon=kept_icons(app), kept=kept(app))
    env.globals.update(csp_nonce="nonce", lang="en", text_dir="ltr")
    env.filters.update(
        iso=lambda at: at.isoformat(), day=lambda at: f"{at:%a, %b %d}", clock=lambda at: f"{at:%H:%M}",
        moment=lambda at: f"{at:%a, %b %d, %H:%M}",
    )  # fmt: skip
    with app.test_request_context("/"):
        yield app


def tree(html: str) -> Element:
    root, problems, _doctype = parse(html)
    assert problems == []
    return root


def piece(source: str, **context: object) -> Element:
    return tree(render_template_string(source, **context))


def faults(root: Element) -> list[str]:
    found = [sentence for rule in (*EVERYWHERE, *PAGE_ONLY) for sentence in rule(root)]
    return [*found, *heading_order(root), *no_inline_code(root, "nonce")]


# --- all parts at once


def test_every_part_is_sound_html_with_names_labels_and_headings_in_order(parts: Flask) -> None:
    assert faults(tree(render_template("ui/style_guide.html", page=sample_page(), shell=SHELL))) == []


def test_every_macro_stands_in_the_style_guide() -> None:
    guide = (TEMPLATES / "ui/style_guide.html").read_text()
    missing = []
    for path in sorted((TEMPLATES / "ui").glob("[a-z]*.html")):
        for name in re.findall(r"{%-? macro (\w+)\(", path.read_text()):
            if name not in ("dialog", "hx") and f"{name}(" not in guide:
                missing.append(f"{path.name}: {name}")
    assert missing == []


@pytest.mark.parametrize("status", ERRORS)
def test_an_error_page_says_what_to_do_whom_to_call_and_a_reference(parts: Flask, status: int) -> None:
    page = SimpleNamespace(reference="a1b2c3d4", status=status, typed="", kept_href="")
    root = tree(render_template(f"errors/{status}.html", page=page, shell=None))
    assert faults(root) == []
    text = root.one("main").text
    assert "a1b2c3d4" in text
    assert "555-0100" in text
    assert len(root.one("main").select("p")) >= 4


def test_an_error_page_asks_nothing_of_the_session(parts: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> str:
        raise AssertionError("an error page has no session")

    monkeypatch.setitem(parts.jinja_env.globals, "csrf_token", refuse)
    monkeypatch.setitem(parts.jinja_env.globals, "get_flashed_messages", refuse)
    page = SimpleNamespace(reference="a1b2c3d4", status=500, typed="", kept_href="")
    assert "Something went wrong" in render_template("errors/500.html", page=page, shell=None)


def test_the_last_resort_needs_no_context_at_all() -> None:
    from jinja2 import FileSystemLoader

    bare = Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=True)
    html = bare.get_template("layouts/failsafe.html").render()
    assert "911" in html
    assert faults(tree(html)) in ([], ["the first link skips to the content"])


# --- single parts


def test_what_people_write_is_text_never_markup(parts: Flask) -> None:
    root = piece(
        '{% from "ui/bubble.html" import bubble %}{{ bubble(text=text, who=text) }}',
        text="<script>alert(1)</script>\nline",
    )
    assert root.select("script") == []
    assert "<script>alert(1)</script>" in root.one(".bubble__text").text


def test_an_error_is_tied_to_its_field_and_to_the_summary(parts: Flask) -> None:
    form = sample_page().wrong_form
    root = piece(
        '{% from "ui/error_summary.html" import error_summary %}{% from "ui/field_text.html" import field_text %}'
        "{{ error_summary(form=form) }}{{ field_text(field=form.name) }}",
        form=form,
    )
    field = root.one("input")
    assert field["aria-invalid"] == "true"
    said = [root.one(f"#{part}").text for part in field["aria-describedby"].split()]
    assert said == ["As on your insurance card.", "Error: Enter your full name."]
    assert f"#{field.id}" in [link["href"] for link in root.select(".nhsuk-error-summary a")]


def test_the_summary_links_a_choice_to_its_first_button(parts: Flask) -> None:
    form = sample_page().wrong_form
    root = piece(
        '{% from "ui/error_summary.html" import error_summary %}{% from "ui/field_radios.html" import field_radios %}'
        "{{ error_summary(form=form) }}{{ field_radios(field=form.reach) }}",
        form=form,
    )
    assert f"#{root.select('input')[0].id}" in [link["href"] for link in root.select(".nhsuk-error-summary a")]


def test_an_error_of_a_hidden_field_is_said_without_a_link_to_nowhere(parts: Flask) -> None:
    class Once(Form):
        once = HiddenField(validators=[InputRequired("Load this page again.")])

    form = Once()
    form.validate()
    root = piece('{% from "ui/error_summary.html" import error_summary %}{{ error_summary(form=form) }}', form=form)
    assert root.one("li").text == "Load this page again."
    assert root.select("a") == []


def test_no_summary_when_nothing_is_wrong(parts: Flask) -> None:
    source = '{% from "ui/error_summary.html" import error_summary %}{{ error_summary(form=form) }}'
    assert render_template_string(source, form=sample_page().form).strip() == ""


def test_a_password_never_comes_back(parts: Flask) -> None:
    form = SampleForm(data={"password": "correct horse"})
    html = render_template_string(
        '{% from "ui/field_password.html" import field_password %}{{ field_password(field=form.password) }}', form=form
    )
    assert "correct horse" not in html


def test_a_text_over_several_lines_keeps_its_first_empty_line(parts: Flask) -> None:
    form = SampleForm(data={"story": "\nSecond"})
    html = render_template_string(
        '{% from "ui/field_textarea.html" import field_textarea %}{{ field_textarea(field=form.story) }}', form=form
    )
    assert ">\n\nSecond</textarea>" in html


def test_a_post_form_carries_a_token_and_a_get_form_does_not(parts: Flask) -> None:
    source = '{% from "ui/form.html" import form %}{% call form(method=method) %}<button>Go</button>{% endcall %}'
    assert piece(source, method="post").one("input")["value"] == "token"
    assert piece(source, method="get").select("input") == []


def test_every_htmx_element_carries_the_nonce(parts: Flask) -> None:
    root = piece(
        '{% from "ui/hx.html" import hx %}<button {{ hx(nonce="n1", get="/x?a=1&b=2", push_url="true") }}>Go</button>'
    )
    assert root.one("button").attributes == {"hx-nonce": "n1", "hx-get": "/x?a=1&b=2", "hx-push-url": "true"}


def test_none_on_file_and_not_loaded_are_different_words(parts: Flask) -> None:
    source = (
        '{% from "ui/empty_state.html" import empty_state %}{% from "ui/load_failed.html" import load_failed %}'
        '<div id="a">{{ empty_state(title="No medicines on file") }}</div>'
        '<div id="b">{{ load_failed(what="your medicines", retry_href="/again") }}</div>'
    )
    root = piece(source)
    assert root.select("#a a") == []
    assert root.one("#b a")["href"] == "/again"
    assert "does not mean there is nothing" in root.one("#b").text


def test_the_emergency_card_calls_the_number_and_names_crisis_and_nurse_lines(parts: Flask) -> None:
    source = '{% from "ui/emergency_card.html" import emergency_card %}{{ emergency_card(clinic=clinic, found=found) }}'
    before, found = piece(source, found=False), piece(source, found=True)
    for root in (before, found):
        for number in ("911", "988", "555-0119"):
            assert number in root.text
    assert found.one("a")["href"] == "tel:911"
    assert found.one('[role="alert"]')


def test_a_person_keeps_the_colour_of_their_face(parts: Flask) -> None:
    source = '{% from "ui/avatar.html" import avatar %}{{ avatar(name=name) }}'
    assert piece(source, name="Dr. Kwame Osei").one("span").text == "KO"
    assert (
        piece(source, name="Dr. Kwame Osei").one("span").classes == piece(source, name="Kwame Osei").one("span").classes
    )
    assert piece(source, name="Ọlá").one("span").text == "Ọ"


def test_where_a_question_went_is_said_in_words_too(parts: Flask) -> None:
    root = piece(
        '{% from "ui/trail.html" import trail %}{{ trail(stops=[{"state": "done", "text": "You asked"},'
        '{"state": "now", "strong": "With Dr. Osei", "text": ", due today"}, {"state": "next", "text": "Answer"}]) }}'
    )
    assert root.one('[aria-current="step"]').text == "With Dr. Osei, due today"
    assert root.select("li")[-1].text.startswith("Next:")


# --- the design system as reference

NUNJUCKS = Environment(loader=PackageLoader("nhsuk_frontend_jinja"), undefined=ChainableUndefined, autoescape=True)


class Reference(Form):
    a = StringField("Full name", [InputRequired("Enter it.")], description="As on your card.")
    t = TextAreaField("Story", [InputRequired("Enter it.")], description="As on your card.")
    r = RadioField(
        "How?",
        [InputRequired("Enter it.")],
        choices=[SelectChoice("1", "One"), SelectChoice("2", "Two")],
        validate_choice=False,
    )


def reference(source: str) -> Element:
    return tree(NUNJUCKS.from_string(source).render())


def skeleton(root: Element) -> list[tuple[str, str, str, str]]:
    """Tags with the design system's classes and what ties them together, in order."""
    return [
        (e.tag, " ".join(sorted(c for c in e.classes if c.startswith("nhsuk-"))), e.id, e.get("aria-describedby"))
        for e in root.walk()
    ]


COMMON = '"hint": {"text": "As on your card."}, "errorMessage": {"text": "Enter it."}'


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (
            '{% from "ui/field_text.html" import field_text %}{{ field_text(field=form.a) }}',
            '{% from "nhsuk/components/input/macro.jinja" import input %}'
            '{{ input({"id": "a", "name": "a", "label": {"text": "Full name"}, ' + COMMON + "}) }}",
        ),
        (
            '{% from "ui/field_textarea.html" import field_textarea %}{{ field_textarea(field=form.t) }}',
            '{% from "nhsuk/components/textarea/macro.jinja" import textarea %}'
            '{{ textarea({"id": "t", "name": "t", "label": {"text": "Story"}, ' + COMMON + "}) }}",
        ),
        (
            '{% from "ui/field_radios.html" import field_radios %}{{ field_radios(field=form.r) }}',
            '{% from "nhsuk/components/radios/macro.jinja" import radios %}'
            '{{ radios({"idPrefix": "r", "name": "r", "fieldset": {"legend": {"text": "How?"}}, '
            '"errorMessage": {"text": "Enter it."}, '
            '"items": [{"value": "1", "text": "One"}, {"value": "2", "text": "Two"}]}) }}',
        ),
        (
            '{% from "ui/details.html" import details %}{% call details(summary="Why") %}So{% endcall %}',
            '{% from "nhsuk/components/details/macro.jinja" import details %}'
            '{{ details({"summaryText": "Why", "text": "So"}) }}',
        ),
        (
            '{% from "ui/error_summary.html" import error_summary %}{{ error_summary(also=["Not right."]) }}',
            '{% from "nhsuk/components/error-summary/macro.jinja" import errorSummary %}'
            '{{ errorSummary({"titleText": "There is a problem", "errorList": [{"text": "Not right."}]}) }}',
        ),
        (
            '{% from "ui/summary_list.html" import summary_list %}'
            '{{ summary_list(rows=[{"key": "A", "value": "B"}]) }}',
            '{% from "nhsuk/components/summary-list/macro.jinja" import summaryList %}'
            '{{ summaryList({"rows": [{"key": {"text": "A"}, "value": {"text": "B"}}]}) }}',
        ),
    ],
    ids=["text", "textarea", "radios", "details", "error summary", "summary list"],
)
def test_our_markup_is_that_of_the_design_system(parts: Flask, ours: str, theirs: str) -> None:
    form = Reference()
    form.validate()
    assert skeleton(piece(ours, form=form)) == skeleton(reference(theirs))


# --- assets


def test_a_first_view_without_fonts_weighs_at_most_60_kilobytes(parts: Flask) -> None:
    html = render_template("ui/style_guide.html", page=sample_page(), shell=SHELL)
    names = set(re.findall(r'(?:href|src)="/static/([^"#]+)', html))
    files = [name for name in names if not name.endswith(".woff2")]
    assert len(files) <= 4, files
    total = len(brotli.compress(html.encode())) + sum(len(brotli.compress((STATIC / n).read_bytes())) for n in files)
    assert total <= 60_000


# --- contrast (WCAG 2.2, 1.4.3 and 1.4.11), from the tokens themselves


def test_a_macro_gives_markup_that_another_macro_may_hold(parts: Flask) -> None:
    root = piece(
        '{% from "ui/tag.html" import tag %}{% from "ui/summary_list.html" import summary_list %}'
        '{{ summary_list(rows=[{"key": "State", "value": tag(text="<b>New</b>")}]) }}'
    )
    assert root.one("dd strong").text == "<b>New</b>"
    assert isinstance(Markup(""), str)
