"""Every text is there in each language offered, whole and with its values, and pages in Spanish hold no English."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import pytest
from babel.messages.pofile import read_po
from flask_babel import force_locale

from portal.models import Account
from scripts import catalogs
from tests.support.crawl import pages
from tests.support.demo import Clinic
from tests.support.html import Element
from tests.support.page import Page, PageClient

LONGER_THAN = 12
SHOWN = ("aria-label", "alt", "title", "placeholder", "data-label")
MARKUP = re.compile(r"<(/?\w+)[^>]*>")
BRACES = re.compile(r"\{\w+\}")


@pytest.fixture(scope="module")
def spanish():
    """The entries of the Spanish catalog."""
    return [entry for entry in catalogs.read(catalogs.catalog_path("es"), "es") if entry.id]


@pytest.fixture(autouse=True, scope="module")
def _compiled():
    catalogs.compile_()


def test_the_catalogs_hold_all_texts_translated_and_nothing_else():
    assert list(catalogs.problems()) == []


def test_the_template_lists_what_the_sources_say_today():
    with catalogs.TEMPLATE.open("rb") as file:
        listed = {(entry.context, str(entry.id)) for entry in read_po(file) if entry.id}
    assert listed == {(entry.context, str(entry.id)) for entry in catalogs.extracted() if entry.id}


def test_no_entry_is_fuzzy_or_left_over():
    catalog = catalogs.read(catalogs.catalog_path("es"), "es")
    assert [entry.id for entry in catalog if entry.fuzzy and entry.id] == []
    assert list(catalog.obsolete) == []


def test_markup_and_counters_in_braces_survive_translation(spanish):
    for entry in spanish:
        originals, translations = catalogs._forms(entry.id), catalogs._forms(entry.string)
        for said in translations:
            assert sorted(MARKUP.findall(said)) == sorted(MARKUP.findall(originals[-1])), entry.id
            assert sorted(BRACES.findall(said)) == sorted(BRACES.findall(originals[-1])), entry.id


def test_questions_ends_and_spaces_match(spanish):
    """A sentence stays a sentence: the same end, no stray spaces, and Spanish questions open with their sign."""
    for entry in spanish:
        if isinstance(entry.id, str):
            assert entry.string == entry.string.strip(), entry.id
            assert entry.string.count("¿") == entry.string.count("?"), entry.id
            for end in (":", "?"):
                assert entry.id.endswith(end) == entry.string.endswith(end), entry.id
            if entry.id.endswith("."):
                assert entry.string.endswith("."), entry.id


def test_patients_are_spoken_to_formally(spanish):
    informal = re.compile(r"\b(tú|tus|tienes|puedes|quieres|contigo|vosotros|vuestr\w+)\b", re.I)
    assert [entry.string for entry in spanish if informal.search(" ".join(catalogs._forms(entry.string)))] == []


@pytest.mark.one_database
def test_what_to_do_in_an_emergency_is_said_in_spanish(app):
    with app.test_request_context("/", base_url="http://localhost"), force_locale("es"):
        from flask_babel import gettext

        assert gettext("Call %(number)s now if you have", number="911") == "Llame ahora al 911 si tiene"
        assert gettext("bleeding that does not stop") == "sangrado que no se detiene"
        assert "no se sienten normales" in gettext("chest pain, fainting, or a heartbeat that feels wrong")
        crisis = gettext("This sounds like a crisis. Call or text %(number)s now.", number="988")
        assert crisis == "Esto parece una crisis. Llame o envíe un mensaje de texto al 988 ahora."


@pytest.mark.one_database
def test_dates_and_times_are_said_as_in_spanish(app, clock):
    from portal.web import filters

    with app.test_request_context("/?lang=es", base_url="http://localhost"):
        app.preprocess_request()
        assert filters.day(date(2026, 11, 24)) == "mar, 24 nov"
        assert filters.long_day(date(2026, 11, 24)) == "martes, 24 de noviembre de 2026"
        assert filters.month(date(2026, 11, 24)) == "Noviembre de 2026"
        assert filters.born(date(1950, 4, 12)) == "12 abr 1950"
        assert filters.moment(clock.now()) == "Hoy, 11:00 a. m."
        assert filters.moment(clock.now().replace(day=9)) == "Ayer, 11:00 a. m."
        assert filters.moment(clock.now().replace(day=11)) == "Mañana, 11:00 a. m."


@pytest.mark.one_database
def test_names_that_clinics_share_are_shown_in_the_readers_language_and_others_as_written(app):
    from portal.infra.i18n import known

    with app.test_request_context("/", base_url="http://localhost"), force_locale("es"):
        assert known("Nurse triage") == "Enfermería de turno"
        assert known("8 am to 5 pm, Monday to Friday") == "de 8\u00a0a.\u00a0m. a 5\u00a0p.\u00a0m., de lunes a viernes"
        assert known("Team Blue Heron") == "Team Blue Heron"
        assert known(None) == ""


# --- no page is half in English


def english(spanish) -> dict[str, re.Pattern[str]]:
    """Each English text long enough to be told from a name, as the words between its values."""
    found = {}
    for entry in spanish:
        for said, ours in zip(catalogs._forms(entry.id), catalogs._forms(entry.string), strict=False):
            for part in re.split(r"%\(\w+\)[sd]|\{\w+\}|<[^>]+>|\n", said):
                words = part.strip(" .,:;·“”()")
                if len(words) > LONGER_THAN and words.lower() not in ours.lower():
                    found[words] = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)")
    return found


def shown(element: Element) -> str:
    """All that is said on a page: texts, names and hints; not what is marked as being in English."""
    said = [element.get(name) for name in SHOWN if element.get(name)]
    for child in element.children:
        if isinstance(child, str):
            said.append(" ".join(child.split()))
        elif child.tag not in ("script", "style", "template") and child.get("lang") not in ("en", "en-US"):
            said.append(shown(child))
    return " \n ".join(part for part in said if part)


def left_in_english(page: Page, texts: dict[str, re.Pattern[str]], theirs: Sequence[str] = ()) -> list[str]:
    said = shown(page.root)
    for sentence in theirs:
        said = said.replace(sentence, "").replace(sentence.rstrip(".?!"), "")  # a preview may end before the stop
    return [words for words, pattern in texts.items() if words in said and pattern.search(said)]


def speaks_spanish(page: Page, texts: dict[str, re.Pattern[str]], theirs: Sequence[str] = ()) -> None:
    assert page.one("html")["lang"] == "es", page
    assert page.one("html")["dir"] == "ltr", page
    assert left_in_english(page, texts, theirs) == [], page


@pytest.mark.demo
def test_every_page_of_a_spanish_reader_is_in_spanish(client: PageClient, demo: Clinic, spanish):
    browser = client.as_(demo.account("mariana.acuna"))
    browser.language = "es"
    texts, walked = english(spanish), 0
    for _, page in pages(browser, per_endpoint=2):
        if page.is_html:
            speaks_spanish(page, texts)
            walked += 1
    assert walked > 12


@pytest.mark.demo
@pytest.mark.parametrize("login", ["rosa.tate", "amy.tran", "robin.vale"])
def test_liaisons_staff_and_administrators_may_read_spanish_too(
    client: PageClient, demo: Clinic, database, login, spanish
):
    """What the demo's people wrote to each other in English is theirs; all else is said in Spanish."""
    table = Account.__table__
    with database.engine.begin() as connection:
        connection.execute(table.update().where(table.c.id == demo.account(login).id).values(language="es"))
    browser = client.as_(demo.account(login))
    browser.language = "es"
    texts, theirs = english(spanish), demo.written()
    for _, page in pages(browser, per_endpoint=1):
        if page.is_html:
            speaks_spanish(page, texts, theirs)


@pytest.mark.one_database
@pytest.mark.parametrize("url", ["/idp/sign-in", "/idp/recover", "/idp/reset", "/sign-in", "/invitation", "/about"])
def test_pages_for_visitors_are_in_spanish(client: PageClient, spanish, url):
    client.language = "es"
    response = client.http.get(url, headers={"Accept-Language": "es"}, follow_redirects=True)
    if response.mimetype == "text/html":
        speaks_spanish(Page(client, url, response, fragment=False), english(spanish))


@pytest.mark.one_database
@pytest.mark.parametrize("template", sorted(path.name for path in (catalogs.ROOT / "templates/errors").glob("4*.html")))
def test_error_texts_have_a_translation(template, spanish):
    text = (catalogs.ROOT / "templates/errors" / template).read_text()
    known = {entry.id: entry.string for entry in spanish if isinstance(entry.id, str)}
    said = re.findall(r'_\("([^"]+)"\)', text) + re.findall(r"{% trans[^%]*%}([^{]+){% endtrans %}", text)
    assert said
    assert all(known.get(each) for each in said)


@pytest.mark.one_database
def test_a_page_that_is_not_there_says_so_in_spanish(client: PageClient, spanish):
    client.language = "es"
    page = client.get("/no-such-page", status=404)
    assert page.h1 == "No encontramos esta página"
    speaks_spanish(page, english(spanish))


@pytest.mark.one_database
@pytest.mark.parametrize("kind", ["new_message", "new_question", "password_reset", "security_changed"])
def test_mail_is_written_in_the_readers_language(app, kind, spanish):
    known = {entry.id: entry.string for entry in spanish if isinstance(entry.id, str)}
    for part in ("subject", "body"):
        source = (catalogs.ROOT / f"templates/emails/{kind}/{part}.txt").read_text()
        said = re.findall(r"{%-? *trans[^%]*%}(.+?){%-? *endtrans", source, re.S) + re.findall(r'_\("([^"]+)"', source)
        assert said, (kind, part)
        for each in said:
            msgid = " ".join(re.sub(r"{{ *(\w+) *}}", r"%(\1)s", each).split())
            assert known.get(msgid), msgid


# --- another direction


@pytest.mark.one_database
def test_a_language_read_from_right_to_left_turns_the_page(app, client: PageClient, monkeypatch):
    from portal.web import filters

    monkeypatch.setattr(filters, "language", lambda: "ar")
    monkeypatch.setattr(filters, "_names", lambda code, real=filters._names: real("ar"))
    response = client.http.get("/about")
    page = Page(client, "/about", response, fragment=False)
    assert page.status == 200
    assert page.one("html")["lang"] == "ar"
    assert page.one("html")["dir"] == "rtl"


def test_styles_name_no_side_of_the_page():
    """Left and right change places with the language: styles say start and end instead."""
    sided = re.compile(r"(?:^|[;{\s])(?:margin|padding|border)-(?:left|right)\s*:|text-align\s*:\s*(?:left|right)\b")
    found = []
    for path in sorted((catalogs.ROOT / "static").rglob("*.css")):
        if "vendor" not in path.parts and "nhsuk" not in path.name:
            found += [f"{path.name}: {m.group(0).strip()}" for m in sided.finditer(path.read_text(encoding="utf-8"))]
    assert found == []


# --- what the tests measure


def test_explanations_are_there_in_spanish_with_the_same_figures():
    from portal.results import explanations

    figures = re.compile(r"\d+(?:\.\d+)?")
    english_ones, spanish_ones = explanations._all("en"), explanations._all("es")
    assert list(english_ones) == list(spanish_ones)
    for code, ours in english_ones.items():
        theirs = spanish_ones[code]
        for name in ("plain_name", "measures", "low_meaning", "high_meaning"):
            said, meant = getattr(theirs, name), getattr(ours, name)
            assert sorted(figures.findall(said)) == sorted(figures.findall(meant)), (code, name)
            assert bool(said) == bool(meant), (code, name)
        assert (theirs.unit, theirs.critical_low, theirs.critical_high) == (
            ours.unit,
            ours.critical_low,
            ours.critical_high,
        )


def test_a_test_is_named_in_the_readers_language_and_in_english_where_there_is_no_other():
    from portal.results.explanations import explain, plain_name

    assert plain_name("2823-3", "K", "es") == "Potasio"
    assert plain_name("2823-3", "K") == plain_name("2823-3", "K", "ar") == "Potassium"
    assert plain_name("0-0", "As sent", "es") == "As sent"
    assert explain(None, "es") is None
