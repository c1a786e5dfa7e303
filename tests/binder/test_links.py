"""SMART Health Links, read by an independent reader as a stranger would; and the emergency page of the card."""

from __future__ import annotations

import base64
import io
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pikepdf
import pytest
from jwcrypto import jwe, jwk

from portal.binder import card, links
from portal.infra.clock import FrozenClock
from portal.models import BinderNote, BinderShare, BinderShareFile, Delivery
from portal.work.services import Services
from tests.binder.conftest import World
from tests.binder.test_exports import SECRET, check_document, text_of, tight
from tests.factories.people import made
from tests.factories.record import make_medicine
from tests.support.page import PageClient

CHOSEN = ["identity", "allergies", "medicines", "problems"]


def make(client: PageClient, world: World, who: Any = None, **answers: Any) -> dict[str, Any]:
    """Make a link through the page; returns its payload, and `shown` where its page is."""
    browser = client.as_(who or world.patient)
    form = browser.get(world.home + "/links/new")
    given = {"label": "Dr. Mendez", "sections": CHOSEN, **answers}
    page = form.submit(given, form=world.home + "/links", status=200)
    found = next(code.text for code in page.select("code") if code.text.startswith("shlink:/"))
    payload = json.loads(links.unb64(found.removeprefix("shlink:/")))
    web = next(code.text for code in page.select("code") if "/shl/view#shlink:/" in code.text)
    assert web.endswith(found)
    end = next(form.action for form in page.forms if form.action.endswith("/end"))
    return {**payload, "page": end.removesuffix("/end")}


def ask(client: PageClient, payload: dict[str, Any], status: int = 200, **body: Any) -> dict[str, Any]:
    """Ask for the manifest as an app on another site would: no cookie, another origin."""
    stranger = client.app.test_client()
    answer = stranger.post(
        payload["url"],
        json={"recipient": "Clinic abroad", **body},
        headers={"Origin": "https://viewer.example", "Sec-Fetch-Site": "cross-site"},
        base_url=client.base_url,
    )
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    return answer.get_json()


def read(payload: dict[str, Any], text: str) -> dict[str, Any]:
    """Open it with another library: jwcrypto."""
    token = jwe.JWE()
    token.deserialize(text, key=jwk.JWK(kty="oct", k=payload["key"]))
    header = json.loads(token.objects["protected"])
    assert (header["alg"], header["enc"], header["cty"]) == ("dir", "A256GCM", "application/fhir+json")
    return json.loads(token.payload)


def test_a_stranger_opens_a_link_with_another_library(client: PageClient, world: World) -> None:
    payload = make(client, world)
    assert len(payload["url"]) <= 128 and len(payload["key"]) == 43 and payload["label"] == "Dr. Mendez"
    assert payload["v"] == 1 and "flag" not in payload and payload["exp"] > 0
    manifest = ask(client, payload)
    assert manifest["status"] == "finalized"
    (file,) = manifest["files"]
    assert file["contentType"] == "application/fhir+json"
    bundle = read(payload, file["embedded"])
    check_document(bundle)
    text = json.dumps(bundle)
    assert "Penicillin" in text and "Lisinopril" in text
    assert [word for word in SECRET if word in text] == []  # sensitive categories stay out unless chosen
    assert "Potassium" not in text  # not a chosen section


def test_a_large_file_comes_from_a_short_lived_address(client: PageClient, world: World, clock: FrozenClock) -> None:
    payload = make(client, world)
    (file,) = ask(client, payload, embeddedLengthMax=100)["files"]
    stranger = client.app.test_client()
    answer = stranger.get(file["location"], base_url=client.base_url)
    assert answer.mimetype == "application/jose" and answer.headers["Access-Control-Allow-Origin"] == "*"
    check_document(read(payload, answer.get_data(as_text=True)))
    clock.move(minutes=16)
    assert stranger.get(file["location"], base_url=client.base_url).status_code == 404
    assert stranger.get(file["location"][:-1] + "0", base_url=client.base_url).status_code == 404


def test_the_key_of_a_copy_is_kept_nowhere(client: PageClient, world: World, services: Services) -> None:
    payload = make(client, world)
    with made(services) as s:
        share = s.query(BinderShare).one()
        file = s.query(BinderShareFile).one()
        assert share.key is None and share.token is None
        raw = links.unb64(payload["key"])
        for kept in (share.label, file.jwe, share.token_hash, json.dumps(share.held).encode()):
            assert raw not in kept and payload["key"].encode() not in kept
    page = client.as_(world.patient).get(payload["page"])
    assert "We kept no key to it" in page.text and "shlink:/" not in page.text


def test_a_link_that_stays_up_to_date_shows_what_is_new(client: PageClient, world: World, services: Services) -> None:
    payload = make(client, world, how_new="live")
    assert payload["flag"] == "L"
    first = ask(client, payload)
    assert first["status"] == "can-change"
    with made(services) as s:
        from portal.models import Person

        make_medicine(s, s.get(Person, world.person), "Metformin 500 MG Oral Tablet")  # type: ignore[arg-type]
    second = ask(client, payload)
    assert "Metformin" in json.dumps(read(payload, second["files"][0]["embedded"]))
    assert first["files"][0]["embedded"].split(".")[2] != second["files"][0]["embedded"].split(".")[2]
    assert "shlink:/" in client.as_(world.patient).get(payload["page"]).text


def test_a_passcode_has_tries_for_its_whole_life(client: PageClient, world: World) -> None:
    payload = make(client, world, passcode="maple-7")
    assert payload["flag"] == "P"
    assert ask(client, payload, 401) == {"remainingAttempts": 10}
    assert ask(client, payload, 401, passcode="wrong") == {"remainingAttempts": 9}
    assert ask(client, payload, passcode="maple-7")["files"]
    assert ask(client, payload, 401, passcode="wrong") == {"remainingAttempts": 8}
    for left in range(7, -1, -1):
        assert ask(client, payload, 401, passcode="wrong") == {"remainingAttempts": left}
    assert ask(client, payload, 401, passcode="maple-7") == {"remainingAttempts": 0}


def test_wrong_passcodes_at_once_count_one_each(client: PageClient, world: World) -> None:
    payload = make(client, world, passcode="maple-7")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _n: ask(client, payload, 401, passcode="wrong"), range(12)))
    assert min(answer["remainingAttempts"] for answer in answers) == 0
    assert ask(client, payload, 401, passcode="maple-7") == {"remainingAttempts": 0}


def test_a_link_for_one_opening_opens_once(client: PageClient, world: World) -> None:
    payload = make(client, world, times="once")
    ask(client, payload)
    ask(client, payload, 404)
    text = client.as_(world.patient).get(payload["page"]).text
    assert "Tried again after it had been opened once" in text and "Clinic abroad" in text


def test_b4_an_ended_link_answers_nobody_and_who_tried_is_told(
    client: PageClient, world: World, services: Services
) -> None:
    payload = make(client, world)
    ask(client, payload)
    browser = client.as_(world.patient)
    browser.get(payload["page"]).submit({}, form=payload["page"] + "/end")
    ask(client, payload, 404)
    text = browser.get(payload["page"]).text
    assert "Tried after you had ended it" in text and "Opened" in text
    with made(services) as s:
        assert s.query(BinderShareFile).count() == 0
        assert [one.kind for one in s.query(Delivery)] == ["binder_opened"] * 2


def test_a_link_ends_with_its_last_day(client: PageClient, world: World, clock: FrozenClock) -> None:
    payload = make(client, world, until="2026-03-11")
    clock.set(datetime.fromisoformat("2026-03-12T03:59:00+00:00"))  # still March 11 at the clinic
    ask(client, payload)
    clock.move(minutes=2)
    ask(client, payload, 404)
    assert payload["exp"] == int(datetime.fromisoformat("2026-03-12T04:00:00+00:00").timestamp())


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"sections": []}, "Choose at least one section."),
        ({"until": "2027-03-20"}, "Choose a day from today on, within a year."),
        ({"until": "2026-03-09"}, "Choose a day from today on, within a year."),
        ({"label": ""}, "Write who it is for, or what for."),
        ({"passcode": "abc"}, "Use at least 4 characters."),
    ],
)
def test_a_link_that_would_be_wrong_is_refused(
    client: PageClient, world: World, services: Services, answers: dict[str, Any], sentence: str
) -> None:
    page = client.as_(world.patient).get(world.home + "/links/new")
    given = {"label": "x", "sections": CHOSEN, **answers}
    assert page.submit(given, form=world.home + "/links", status=422).errors == [sentence]
    with made(services) as s:
        assert s.query(BinderShare).count() == 0


def test_a_caregivers_link_holds_what_they_may_see_and_ends_with_their_access(
    client: PageClient, world: World, services: Services
) -> None:
    payload = make(client, world, world.helper, is_sensitive="y")
    text = json.dumps(read(payload, ask(client, payload)["files"][0]["embedded"]))
    assert "Lisinopril" in text and [word for word in SECRET if word in text] == []
    client.as_(world.helper).get(payload["page"])
    client.as_(world.narrow).get(payload["page"], status=403)
    client.as_(world.stranger).get(payload["page"], status=404)
    with made(services) as s:
        from portal.models import Relationship, RelationshipScope

        held = s.query(Relationship).filter_by(account_id=world.helper.id).one()
        s.query(RelationshipScope).filter_by(relationship_id=held.id, scope="results").delete()
    ask(client, payload, 404)
    assert "may no longer share" in client.as_(world.patient).get(payload["page"]).text


def test_without_a_recipient_nothing_is_given(client: PageClient, world: World) -> None:
    payload = make(client, world)
    ask(client, payload, 400, recipient=" ")
    answer = client.app.test_client().post(payload["url"], data="nonsense", base_url=client.base_url)
    assert answer.status_code == 400
    ask(client, {"url": payload["url"][:-3] + "AAA"}, 404)
    stranger = client.app.test_client()
    preflight = stranger.options(payload["url"], base_url=client.base_url)
    assert preflight.status_code == 200 and "Content-Type" in preflight.headers["Access-Control-Allow-Headers"]
    assert stranger.get(payload["url"] + "?recipient=x", base_url=client.base_url).status_code == 404


def reply(client: PageClient, payload: dict[str, Any], status: int, **answers: Any) -> Any:
    stranger = client
    page = stranger.get("/shl/view")
    token = page.form("/shl/reply").values["csrf_token"][0]
    path = payload["url"].removeprefix(client.base_url) + "/reply"
    return stranger.post(path, {"csrf_token": token, "who": "Dr. Mendez", **answers}, status=status)


def test_what_a_receiver_sends_back_lands_as_unchecked(client: PageClient, world: World, services: Services) -> None:
    payload = make(client, world, takes_replies="y")
    assert ask(client, payload)["takesReplies"] is True
    reply(client, payload, 303, text="Not taking aspirin any more", files=[(io.BytesIO(b"%PDF-1.4 x"), "letter.pdf")])
    reply(client, payload, 422)
    browser = client.as_(world.patient)
    assert "Something came back from outside" in browser.get(world.home).text
    notes = browser.get(world.home + "/sections/notes")
    assert "Not taking aspirin any more from outside, not checked" in notes.text and "letter.pdf" in notes.text
    assert "Dr. Mendez" in notes.text
    medicines = browser.get(world.home + "/sections/medicines").text
    assert "aspirin" not in medicines  # B6: the list itself is unchanged
    inbox = client.as_(world.doctor).get("/desk/tasks").text  # B6: it reaches the primary care clinician
    assert "From outside, not checked: Dr. Mendez" in inbox and "Not taking aspirin" in inbox
    keep = next(form for form in notes.forms if form.action.endswith("/keep"))
    notes.submit({}, form=keep.action)
    with made(services) as s:
        assert {note.origin for note in s.query(BinderNote)} == {"outside"}


def test_nothing_can_be_sent_back_where_nobody_asked(client: PageClient, world: World) -> None:
    payload = make(client, world)
    ask(client, payload)
    reply(client, payload, 404, text="hello")
    closed = make(client, world, takes_replies="y")
    reply(client, closed, 404, text="hello")  # nobody has opened it yet


def test_floods_are_stopped(client: PageClient, world: World) -> None:
    payload = make(client, world, takes_replies="y")
    ask(client, payload)
    for _ in range(6):
        reply(client, payload, 303, text="again")
    reply(client, payload, 429, text="again")
    stranger = client.app.test_client()
    codes = {
        stranger.post(payload["url"], json={"recipient": "x"}, base_url=client.base_url).status_code for _ in range(70)
    }
    assert 429 in codes


# The card ------------------------------------------------------------------------------------------------------------


def make_card(client: PageClient, world: World, **answers: Any) -> str:
    """Make a card through its page; returns the path of its emergency page."""
    browser = client.as_(world.patient)
    browser.get(world.home + "/card").submit(answers, form=world.home + "/card")
    found = browser.get(world.home + "/card").one(".link-text code").text
    assert len(base64.urlsafe_b64decode(found.rpartition("/")[2] + "=")) * 8 >= 128
    return found.removeprefix(client.base_url)


def test_b4_the_emergency_page_shows_what_was_chosen_until_it_is_closed(client: PageClient, world: World) -> None:
    path = make_card(client, world)
    page = client.get(path)
    assert page.h1 == "Emergency information" and "Zyxxquar Vorblinth" in page.text
    assert "Penicillin" in page.text and "Lisinopril" in page.text
    assert [word for word in SECRET if word in page.text] == [] and "Potassium" not in page.text
    browser = client.as_(world.patient)
    shown = browser.get(world.home + "/card")
    assert "Opened" in shown.text
    end = next(form for form in shown.forms if form.action.endswith("/end"))
    shown.submit({}, form=end.action)
    client.get(path, status=404)
    assert "Tried after you had ended it" in browser.get(world.home + "/card").text


def test_an_emergency_page_with_a_pin_asks_for_it_and_closes_after_too_many(client: PageClient, world: World) -> None:
    path = make_card(client, world, passcode="2468")
    page = client.get(path)
    assert "Zyxxquar" not in page.text
    shown = page.submit({"pin": "2468", "who": "Paramedic"}, status=200)
    assert "Penicillin" in shown.text
    for _ in range(10):
        last = page.submit({"pin": "0000"}, status=422 if _ < 9 else 403)
    assert "closed" in last.text
    client.get(path, status=403)
    assert "Paramedic" in client.as_(world.patient).get(world.home + "/card").text


def test_a_new_card_closes_the_old_one_and_none_lasts_longer_than_a_year(
    client: PageClient, world: World, clock: FrozenClock
) -> None:
    old = make_card(client, world)
    browser = client.as_(world.patient)
    new = make_card(client, world, is_sensitive="y")
    client.get(old, status=404)
    assert "Sertraline" in client.get(new).text
    clock.move(days=366)
    client.get(new, status=404)
    assert browser


def test_only_the_person_has_a_card(client: PageClient, world: World) -> None:
    for path in ("/card", "/card.pdf"):
        client.as_(world.helper).get(world.home + path, status=403)
        client.as_(world.doctor).get(world.home + path, status=403)
        client.as_(world.stranger).get(world.home + path, status=404)


def test_the_printed_card_has_two_sides_of_the_size_of_a_bank_card(client: PageClient, world: World) -> None:
    make_card(client, world)
    pdf = pikepdf.open(io.BytesIO(client.as_(world.patient).get(world.home + "/card.pdf").data))
    assert len(pdf.pages) == 2 and pdf.Root.MarkInfo.Marked
    for page in pdf.pages:
        width, height = (float(side) / 72 * 25.4 for side in page.MediaBox[2:])
        assert (round(width, 1), round(height, 1)) == (85.6, 54.0)
    front, back = (tight(page) for page in text_of(pdf))
    assert tight("Zyxxquar Vorblinth") in front and "Penicillin" in front
    assert "Hypertension" in back and "Lisinopril" in back and tight("Scan for more") in back
    assert tight("not yet filled") in front  # no emergency contact: it says so


def test_a_card_never_holds_more_than_fits() -> None:
    assert card.fit(["aspirin", "warfarin"], 20, 1) == ("aspirin, warfarin", False)
    assert card.fit(["aspirin", "warfarin", "metformin"], 20, 1) == ("aspirin, warfarin", True)
    text, is_cut = card.fit(["x" * 90], 20, 2)
    assert len(text) <= 40 and is_cut


def test_a_full_card_still_has_two_sides(client: PageClient, world: World, services: Services) -> None:
    from portal.models import Person
    from tests.factories.record import make_allergy, make_problem

    with made(services) as s:
        patient = s.get(Person, world.person)
        for n in range(12):
            make_medicine(s, patient, f"Warfarin sodium {n} MG Extended Release Oral Tablet")  # type: ignore[arg-type]
            make_allergy(s, patient, f"Substance with a very long name {n}")  # type: ignore[arg-type]
            make_problem(s, patient, f"Disorder with a very long name number {n}")  # type: ignore[arg-type]
    make_card(client, world)
    pdf = pikepdf.open(io.BytesIO(client.as_(world.patient).get(world.home + "/card.pdf").data))
    assert len(pdf.pages) == 2
    assert tight("See the full list.") in "".join(tight(page) for page in text_of(pdf))


def test_links_and_pages_of_others_are_not_found(client: PageClient, world: World) -> None:
    payload = make(client, world)
    assert re.search(r"/links/[0-9a-f-]{36}$", payload["page"])
    for who, status in ((world.stranger, 404), (world.doctor, 403), (world.narrow, 403)):
        client.as_(who).get(world.home + "/links", status=status)
        client.as_(who).get(world.home + "/links/new", status=status)
    client.as_(world.helper).get(payload["page"], status=404)  # a caregiver sees their own links alone (PRX-4)
