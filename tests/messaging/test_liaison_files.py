"""The liaison's answer may bring files, and they reach everybody whom the answer reaches, and nobody else."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

import pytest

from portal.messaging import circle
from portal.models import Attachment, AttachmentContent
from tests.factories.people import actor_for, made, make_caregiver
from tests.messaging.world import World

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
ASKED = "Is the new pill safe with grapefruit?"


@pytest.fixture
def asked(world: World) -> UUID:
    return world.ask(ASKED, who="family")


@pytest.fixture
def liaison(client: Any, world: World) -> Any:
    return client.as_(world.accounts["liaison"])


def place(world: World, thread_id: UUID) -> str:
    return f"/people/{world.person_id}/questions/{thread_id}"


def answer(liaison: Any, world: World, thread_id: UUID, *uploads: tuple[str, bytes], status: int = 303) -> Any:
    form = liaison.get(place(world, thread_id)).form("/answers")
    values = {name: value[0] for name, value in form.values.items() if value}
    files = [(io.BytesIO(content), name) for name, content in uploads]
    data = {**values, "reply": "Better not, says the leaflet. See the page I took a picture of.", "files": files}
    return liaison.post(f"{place(world, thread_id)}/answers", data, status=status)


def test_a_file_goes_with_the_answer_to_whoever_asked(client: Any, world: World, liaison: Any, asked: UUID) -> None:
    answer(liaison, world, asked, ("Leaflet.pdf", PDF))
    relative = client.as_(world.accounts["family"])
    page = relative.get(world.messages_url(asked))
    assert relative.http.get(page.link("Leaflet.pdf").href).data == PDF


def test_a_bad_file_is_told_and_words_and_good_files_stay(world: World, liaison: Any, asked: UUID) -> None:
    sent = answer(liaison, world, asked, ("Leaflet.pdf", PDF), ("bad.exe", b"MZ"))
    page = liaison.follow(sent)
    assert "“bad.exe” was not added" in page.text and "Leaflet.pdf" in page.text
    assert (
        "says the leaflet" in page.text and "Waits for you" in liaison.get(f"/people/{world.person_id}/questions").text
    )
    liaison.follow(page.submit({}, form="/answers"))
    with made(world.services) as session:
        (row,) = session.query(Attachment).all()
    assert row.message_id is not None and row.thread_id == asked


def test_files_are_added_and_taken_away_without_leaving_the_desk(world: World, liaison: Any, asked: UUID) -> None:
    page = liaison.get(place(world, asked))
    values = {name: value[0] for name, value in page.form("/answers").values.items() if value}
    files = [(io.BytesIO(PDF), "Leaflet.pdf")]
    sent = liaison.post(
        f"/people/{world.person_id}/messages/drafts?then=back", {**values, "reply": "Soon.", "files": files},
        csrf=page.url,
    )  # fmt: skip
    back = liaison.follow(sent)
    assert place(world, asked) in sent.location and "Leaflet.pdf" in back.text and "Soon." in back.text


def test_what_was_put_together_gets_the_files_too_each_sealed_for_itself(
    client: Any, world: World, liaison: Any, asked: UUID
) -> None:
    with made(world.services) as session:
        account, _ = make_caregiver(session, world.patient, kind="family", relation="uncle", name="Ugo Delgado")
        world.accounts["uncle"], world.actors["uncle"] = account, actor_for(session, account)
    second = world.ask(ASKED + " My neighbor says no.", who="uncle")
    with world.open("liaison") as uow:
        circle.put_together(uow, world.person_id, second, asked)
    answer(liaison, world, asked, ("Leaflet.pdf", PDF))
    for who, thread in (("family", asked), ("uncle", second)):
        browser = client.as_(world.accounts[who])
        page = browser.get(world.messages_url(thread))
        assert browser.http.get(page.link("Leaflet.pdf").href).data == PDF
    with made(world.services) as session:
        rows = session.query(Attachment).all()
        assert {row.thread_id for row in rows} == {asked, second}
        assert len({row.content for row in session.query(AttachmentContent)}) == 2
    stranger = client.as_(world.accounts["uncle"])
    file = next(row.id for row in rows if row.thread_id == asked)
    stranger.get(f"{world.messages_url(asked)}/files/{file}", status=404)
    stranger.get(f"{world.messages_url(second)}/files/{file}", status=404)


def test_a_question_that_is_not_theirs_takes_no_file(client: Any, world: World, asked: UUID) -> None:
    relative = client.as_(world.accounts["family"])
    data = {"reply": "x", "files": [(io.BytesIO(PDF), "a.pdf")]}
    relative.post(f"{place(world, asked)}/answers", data, csrf=world.messages_url("new"), status=403)
    with made(world.services) as session:
        assert session.query(Attachment).count() == 0
