"""Files as weapons: against the room of a record, the memory of the worker, and the names in an answer."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID, uuid4

import pytest
from PIL import Image

from portal.messaging import attachments, files
from portal.messaging.file_jobs import thumbnail_of
from portal.messaging.files import BadFile, Upload
from portal.models import Attachment
from tests.factories.people import made, make_caregiver
from tests.messaging.world import World
from tests.support.page import PageClient

PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\n%%EOF\n"


def bring(world: World, who: str, content: bytes, once: UUID | None = None) -> list[BadFile]:
    with world.open(who) as uow:
        return attachments.add(uow, world.person_id, once or uuid4(), [Upload("a.pdf", content)])


def test_nobody_fills_the_room_of_a_record_with_what_they_never_send(
    world: World, client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative who may read nothing may still begin messages; their drafts take no room from the patient."""
    monkeypatch.setattr(files, "MOST_WAITING", 1000)
    monkeypatch.setattr(files, "MOST_OF_PERSON", 2000)
    told = [bring(world, "family", PDF + bytes(400)) for _ in range(4)]
    assert [[bad.code for bad in one] for one in told] == [[], [], ["no-room"], ["no-room"]]
    with made(world.services) as session:
        second, _ = make_caregiver(session, world.patient, kind="family", name="Second")
        session.add_all(
            Attachment(
                patient_id=world.person_id, account_id=second.id, once=uuid4(), media_type=files.PDF, size=900,
                digest=bytes(32), state="clean", created_at=world.services.clock.now(), name=b"",
            )
            for _ in range(9)
        )  # fmt: skip
    assert bring(world, "patient", PDF + bytes(500)) == []


@pytest.mark.parametrize("mode", ["RGBA", "RGB", "P", "1", "L", "I;16"])
def test_a_picture_of_many_pixels_is_not_copied_whole(mode: str) -> None:
    """A file of some kilobytes can unpack to hundreds of megabytes; once is enough."""
    out = io.BytesIO()
    Image.new(mode, (4000, 4000)).save(out, "PNG")
    copies: list[Any] = []
    convert = Image.Image.convert

    def watched(self: Image.Image, *arguments: Any, **values: Any) -> Image.Image:
        copies.append(self.size)
        return convert(self, *arguments, **values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Image.Image, "convert", watched)
        assert thumbnail_of(out.getvalue())
    assert all(width * height < 4_000_000 for width, height in copies)


@pytest.mark.parametrize("orientation", [b"\x00\x06", b"\xff\xff"])
def test_a_picture_whose_notes_are_broken_goes_without_a_small_one(orientation: bytes) -> None:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "x" * 40
    Image.new("RGB", (64, 48)).save(out, "JPEG", exif=exif.tobytes())
    whole = out.getvalue()
    at = whole.index(b"Exif")
    for place in range(at, at + 60):
        for value in (0, 1, 0x7F, 0xFF):
            thumbnail_of(whole[:place] + bytes([value]) + orientation + whole[place + 3 :])


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd.pdf", 'a"; filename="evil.html.pdf', "a\r\nX-Evil: 1.pdf", "\u202efdp.exe.pdf", "%0d%0a.pdf"],
)
def test_the_name_of_a_file_stays_a_name(world: World, client: PageClient, name: str) -> None:
    once = uuid4()
    with world.open("patient") as uow:
        assert attachments.add(uow, world.person_id, once, [Upload(name, PDF)]) == []
    thread_id = world.ask(once=once)
    with made(world.services) as session:
        file_id = session.query(Attachment.id).filter_by(thread_id=thread_id).scalar()
    browser = client.as_(world.accounts["patient"])
    answer = browser.http.get(world.messages_url(thread_id, "files", file_id), base_url=browser.base_url)
    said = answer.headers["Content-Disposition"]
    assert said.startswith('attachment; filename="')
    assert said.count('"') == 2
    assert not {"\r", "\n", "/", "\\", "\u202e"} & set(said)
    assert "X-Evil" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("state", ["checking", "refused", "withdrawn"])
@pytest.mark.parametrize("part", ["file", "thumbnail"])
def test_a_file_that_is_not_clean_is_given_to_nobody(world: World, client: PageClient, state: str, part: str) -> None:
    once = uuid4()
    with world.open("patient") as uow:
        attachments.add(uow, world.person_id, once, [Upload("a.pdf", PDF)])
    thread_id = world.ask(once=once)
    with made(world.services) as session:
        row = session.query(Attachment).filter_by(thread_id=thread_id).one()
        row.state, file_id = state, row.id
    places = {who: world.messages_url(thread_id, "files", file_id) for who in ("patient", "liaison", "doctor")}
    places |= {"nurse": f"/desk/inbox/{thread_id}/files/{file_id}"}
    for who, url in places.items():
        browser = client.as_(world.accounts[who])
        assert browser.http.get(url, query_string={"part": part}, base_url=browser.base_url).status_code == 404


def test_files_of_others_are_neither_removed_nor_sent_nor_seen(world: World, client: PageClient) -> None:
    once = uuid4()
    assert bring(world, "patient", PDF, once) == []
    with made(world.services) as session:
        file_id = session.query(Attachment.id).filter_by(once=once).scalar()
    for who in ("liaison", "family", "stranger", "nurse", "doctor", "admin"):
        browser = client.as_(world.accounts[who])
        token = browser.csrf_token("/profile")
        sent = {"question": "x", "once": str(once), "csrf_token": token}
        url = world.messages_url("drafts")
        answer = browser.http.post(f"{url}?remove={file_id}", data=sent, base_url=browser.base_url)
        assert answer.status_code == 404
        new = browser.http.post(world.messages_url("new"), data=sent, base_url=browser.base_url)
        assert b"a.pdf" not in new.get_data()
    with made(world.services) as session:
        row = session.query(Attachment).filter_by(id=file_id).one()
        assert (row.message_id, row.once) == (None, once)
