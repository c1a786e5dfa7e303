"""The binder's own pages: sections that are never silently absent, what is still right, own words and papers."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import pytest

from portal.binder.outline import SECTIONS, freshness
from portal.infra.clock import FrozenClock
from portal.work.services import Services
from tests.binder.conftest import World, add_procedure
from tests.factories.people import made
from tests.factories.record import make_medicine
from tests.support.page import PageClient
from tests.support.statements import Statements


def section(world: World, key: str) -> str:
    return f"{world.home}/sections/{key}"


def test_all_sixteen_sections_are_there_in_their_order(client: PageClient, world: World) -> None:
    page = client.as_(world.patient).get(world.home)
    titles = [link.text for link in page.links if "/sections/" in link.href and link.text[:1].isdigit()]
    assert [title.partition(".")[0] for title in titles] == [str(n) for n in range(1, 17)]
    assert titles[7].startswith("8. Surgeries") and titles[15].endswith("My notes and papers")
    for key in SECTIONS:
        client.as_(world.patient).get(section(world, key))


def test_b1_without_surgeries_the_section_says_not_yet_filled(
    client: PageClient, world: World, services: Services
) -> None:
    browser = client.as_(world.patient)
    assert "Not yet filled" in browser.get(section(world, "history")).text
    browser.get(section(world, "history")).submit({}, form=section(world, "history") + "/none")
    assert "None, confirmed by you" in browser.get(section(world, "history")).text
    add_procedure(services, world.person)
    page = browser.get(section(world, "history"))
    assert "Appendectomy" in page.text and "Does not fit together" in page.text


def test_b2_a_medicine_from_the_shop_is_marked_as_reported(
    client: PageClient, world: World, services: Services
) -> None:
    with made(services) as s:
        from portal.models import Person

        make_medicine(s, s.get(Person, world.person), "Ibuprofen 200 MG Oral Tablet", kind="reported")  # type: ignore[arg-type]
    text = client.as_(world.patient).get(section(world, "medicines")).text
    assert "Ibuprofen 200 MG Oral Tablet reported by you, not yet confirmed" in text


@pytest.mark.parametrize(
    ("today", "expected"),
    [("2026-09-19", "fresh"), ("2026-09-20", "amber"), ("2026-11-18", "amber"), ("2026-11-22", "red")],
)
def test_b3_a_medicine_list_gets_old(today: str, expected: str) -> None:
    on = datetime.fromisoformat
    assert freshness("medicines", on("2026-08-20").date(), on(today).date()) == expected


def test_b3_on_the_page(client: PageClient, world: World, clock: FrozenClock) -> None:
    clock.set(datetime(2026, 8, 20, 15, tzinfo=UTC))
    browser = client.as_(world.patient)
    before = browser.get(world.home)
    before.submit({}, form=section(world, "medicines") + "/confirm")
    after = browser.get(world.home)
    assert "Last confirmed by you on Aug 20, 2026" in after.text
    clock.set(datetime(2026, 9, 20, 15, tzinfo=UTC))
    assert "You confirmed it 31 days ago." in client.as_(world.patient).get(world.home).text
    clock.set(datetime(2026, 11, 22, 15, tzinfo=UTC))
    assert "You confirmed it 94 days ago. That is too long" in client.as_(world.patient).get(world.home).text


def test_confirming_makes_it_readier_and_a_change_is_noticed(
    client: PageClient, world: World, services: Services
) -> None:
    browser = client.as_(world.patient)
    before = browser.get(world.home).one("progress")["value"]
    browser.get(section(world, "allergies")).submit({}, form=section(world, "allergies") + "/confirm")
    assert int(browser.get(world.home).one("progress")["value"]) > int(before)
    assert "Ready" in browser.get(section(world, "allergies")).text
    with made(services) as s:
        from portal.models import Allergy

        s.get(Allergy, world.allergy).reaction = "Swelling"  # type: ignore[union-attr]
    assert "Changed since you confirmed it" in browser.get(section(world, "allergies")).text


def test_own_words_go_in_and_out_and_the_private_ones_stay_private(client: PageClient, world: World) -> None:
    browser = client.as_(world.patient)
    here = section(world, "family")
    browser.get(here).submit({"text": "My mother had gout"}, form=here + "/notes")
    browser.get(here).submit({"text": "Never told anybody", "is_private": "y"}, form=here + "/notes")
    page = browser.get(here)
    assert "My mother had gout reported by you, not yet confirmed" in page.text and "Never told anybody" in page.text
    seen = client.as_(world.helper).get(here).text
    assert "My mother had gout" in seen and "Never told" not in seen
    staff = client.as_(world.doctor).get(here).text
    assert "My mother had gout" in staff and "Never told" not in staff
    for form in [form for form in page.forms if form.action.endswith("/remove")]:
        page.submit({}, form=form.action)
    text = browser.get(here).text
    assert "My mother had gout" not in text and "Never told" not in text


def test_empty_words_are_refused_and_nothing_is_kept(client: PageClient, world: World) -> None:
    here = section(world, "family")
    page = client.as_(world.patient).get(here).submit({"text": "  "}, form=here + "/notes", status=422)
    assert page.errors == ["Write what should go into your binder."]


def test_what_the_clinic_does_not_know_becomes_a_question(client: PageClient, world: World) -> None:
    browser = client.as_(world.patient)
    here = section(world, "allergies")
    browser.get(here).submit({"text": "Bee stings"}, form=here + "/notes")
    page = browser.get(here)
    ask = next(form for form in page.forms if form.action.endswith("/ask"))
    page.submit({}, form=ask.action)
    questions = browser.get(section(world, "questions"))
    assert "Please look at this with me: Bee stings" in questions.text
    asked = next(form for form in questions.forms if form.action.endswith("/asked"))
    questions.submit({}, form=asked.action)
    assert "Asked already" in browser.get(section(world, "questions")).text


def test_papers_are_kept_sealed_and_given_back(client: PageClient, world: World, services: Services) -> None:
    browser = client.as_(world.patient)
    here = section(world, "notes")
    page = browser.get(here)
    token = page.form(world.home + "/papers").values["csrf_token"][0]
    body = b"%PDF-1.4 my living will"
    browser.post(
        world.home + "/papers",
        {"csrf_token": token, "files": [(io.BytesIO(body), "will.pdf"), (io.BytesIO(b"MZ"), "x.exe")]},
        status=303,
    )
    page = browser.get(here)
    assert "will.pdf" in page.text and "x.exe" not in page.one("main .lines").text
    given = browser.get(page.link("will.pdf").href)
    assert given.data == body and "attachment" in given.headers["Content-Disposition"]
    client.as_(world.stranger).get(page.link("will.pdf").href, status=404)
    with made(services) as s:
        from portal.models import BinderPaperContent

        assert all(body not in row.content for row in s.query(BinderPaperContent))


def test_a_caregiver_sees_no_trace_of_what_is_hidden(client: PageClient, world: World) -> None:
    own = client.as_(world.patient)
    helper = client.as_(world.helper)
    for key in ("medicines", "providers", "problems", "results", "visits"):
        assert any(
            word in own.get(section(world, key)).text
            for word in ("Sertraline", "Mindwell", "Depression", "PHQ-9", "Therapy")
        ), key
        text = helper.get(section(world, key)).text
        for word in ("Sertraline", "Mindwell", "Depression", "PHQ-9", "Therapy"):
            assert word not in text, (key, word)
    assert "1 entry" in helper.get(world.home).text


def test_who_may_not_see_it_gets_nothing(client: PageClient, world: World) -> None:
    client.as_(world.stranger).get(world.home, status=404)
    client.as_(world.narrow).get(world.home, status=403)
    client.as_(world.desk).get(world.home, status=404)
    page = client.as_(world.doctor).get(world.home)
    assert "How ready it is" not in page.text
    client.as_(world.doctor).post(section(world, "problems") + "/confirm", {}, status=403)
    client.as_(world.narrow).post(section(world, "problems") + "/none", {}, csrf="/people", status=403)


def test_the_binder_asks_the_database_a_bounded_number_of_times(
    client: PageClient, world: World, count_statements: Callable[[], AbstractContextManager[Statements]]
) -> None:
    for account in (world.patient, world.helper, world.doctor):
        browser = client.as_(account)
        browser.get(world.home)
        with count_statements() as seen:
            browser.get(world.home)
        assert seen.count <= 30, seen
