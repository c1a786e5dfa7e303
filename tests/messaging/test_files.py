"""Files go with messages: only good ones, sealed, to those who may read the conversation, and none is lost."""

from __future__ import annotations

import io
import zipfile
from uuid import UUID, uuid4

import pytest
from PIL import Image
from sqlalchemy import func, select

from portal.messaging import files
from portal.messaging.file_jobs import thumbnail_of
from portal.messaging.files import BadFile, Upload
from portal.models import Attachment, AttachmentContent, Draft, Job, Message, Relationship, Thread
from portal.work.running import Worker
from tests.factories.people import made
from tests.messaging.world import QUESTION, World
from tests.support.scanner import EICAR, scanner

PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\n%%EOF\n"


def picture(kind: str = "PNG", size: tuple[int, int] = (800, 600)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind)
    return out.getvalue()


def word(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in names:
            packed.writestr(name, "x")
    return out.getvalue()


DOCX = word("[Content_Types].xml", "word/document.xml")


# Rules ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.pdf", PDF, files.PDF),
        ("A.PDF", PDF, files.PDF),
        ("b.png", picture(), files.PNG),
        ("c.JPEG", picture("JPEG"), files.JPEG),
        ("d.txt", "Blutdruck ñ 130/80\n".encode(), files.TEXT),
        ("e.docx", DOCX, files.DOCX),
    ],
)
def test_a_file_is_what_its_content_and_its_name_agree_on(name, content, kind):
    assert files.check(Upload(name, content)) == kind


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.pdf", b"", "empty"),
        ("a.pdf", b"%PDF-" + b"x" * files.MOST_BYTES, "too-large"),
        ("a.exe", b"MZ\x90", "wrong-kind"),
        ("a.svg", b"<svg onload=alert(1)>", "wrong-kind"),
        ("noending", PDF, "wrong-kind"),
        ("a.pdf", picture(), "not-what-it-says"),
        ("a.png", PDF, "not-what-it-says"),
        ("a.txt", b"<html><script>", "not-what-it-says"),
        ("a.txt", b"\x00\x01\x02", "not-what-it-says"),
        ("a.txt", b"\xff\xfe\xfa", "not-what-it-says"),
        ("a.docx", word("evil.txt"), "not-what-it-says"),
        ("a.docx", word("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "not-what-it-says"),
        ("a.docx", b"PK\x03\x04garbage", "not-what-it-says"),
    ],
)
def test_a_file_that_is_not_taken_says_why(name, content, code):
    with pytest.raises(BadFile) as caught:
        files.check(Upload(name, content))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("C:\\Users\\me\\scan.pdf", "scan.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\x00b\r\nc.pdf", "ab c.pdf"),
        ("\u202egpj.exe", "gpj.exe"),
        ("", "file"),
        ("...", "file"),
        ('he said "hi".txt', "he said _hi_.txt"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_a_name_can_do_no_harm(name, clean):
    assert files.clean_name(name) == clean


def test_a_small_picture_holds_nothing_of_the_camera_and_is_small():
    out = io.BytesIO()
    photo = Image.new("RGB", (2000, 1000), "red")
    exif = Image.Exif()
    exif[0x010F] = "Camera of Zyxxquar"
    photo.save(out, "JPEG", exif=exif)
    small = thumbnail_of(out.getvalue())
    assert small is not None and b"Zyxxquar" not in small
    assert max(Image.open(io.BytesIO(small)).size) == 320
    assert thumbnail_of(b"\x89PNG\r\n\x1a\nnonsense") is None


# In conversations ----------------------------------------------------------------------------------------------------


@pytest.fixture
def world(services):
    return World(services)


@pytest.fixture
def patient(client, world):
    return client.as_(world.accounts["patient"])


def chosen(*uploads: tuple[str, bytes]):
    return {"files": [(io.BytesIO(content), name) for name, content in uploads]}


def compose(patient, world, *uploads, status=200, **more):
    form = patient.get(world.messages_url("new")).form("/messages/new")
    values = {name: value[0] for name, value in form.values.items() if value}
    return patient.post(
        world.messages_url("new"), {**values, "question": QUESTION, **chosen(*uploads), **more}, status=status
    )


def count(world, model):
    with made(world.services) as session:
        return session.scalar(select(func.count()).select_from(model))


def sent_file(world) -> Attachment:
    with made(world.services) as session:
        return session.scalar(select(Attachment))


def test_a_file_goes_with_a_question_and_comes_back_as_it_was(client, patient, world):
    page = compose(patient, world, ("Lab paper.pdf", PDF))
    assert "Lab paper.pdf" in page.text
    page = patient.follow(page.submit({}, form="/messages"))
    page = patient.http.get(page.link("Lab paper.pdf").href)
    assert page.data == PDF
    assert page.headers["Content-Disposition"].startswith("attachment;")
    assert page.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Cache-Control"] == "no-store"
    row = sent_file(world)
    doctor = client.as_(world.accounts["doctor"])
    desk = doctor.get(f"/desk/inbox/{row.thread_id}")
    assert doctor.http.get(desk.link("Lab paper.pdf").href).data == PDF


def test_names_and_contents_are_sealed_in_the_database(patient, world):
    compose(patient, world, ("Zyxxquar.pdf", PDF))
    with made(world.services) as session:
        row, content = session.scalar(select(Attachment)), session.scalar(select(AttachmentContent))
    assert b"Zyxxquar" not in row.name and b"PDF" not in content.content


def test_bad_files_are_told_and_good_ones_and_the_words_stay(patient, world):
    page = compose(patient, world, ("good.pdf", PDF), ("bad.exe", b"MZ"), ("empty.txt", b""), status=303)
    page = patient.follow(page)
    assert "“bad.exe” was not added: we can take PDF" in page.text
    assert "“empty.txt” was not added: it is empty" in page.text
    assert page.one("textarea").text.strip() == QUESTION
    assert "good.pdf" in page.text
    page = page.submit({}, form="/messages/new", status=200)
    page.submit({}, form="/messages")
    assert (count(world, Attachment), count(world, Message)) == (1, 1)


def test_the_same_file_twice_and_an_eleventh_are_told(patient, world):
    many = [(f"{n}.txt", f"page {n}".encode()) for n in range(11)]
    page = patient.follow(compose(patient, world, *many, ("again.txt", b"page 0"), status=303))
    assert "“10.txt” was not added: a message can have 10 files." in page.text
    assert "“again.txt” was not added: it is there already." in page.text
    assert count(world, Attachment) == 10


def test_a_file_can_be_removed_before_sending_and_nothing_typed_is_lost(patient, world):
    page = patient.follow(compose(patient, world, ("a.txt", b"one"), ("b.exe", b"MZ"), status=303))
    remove = page.one("button[formaction*=remove]")["formaction"]
    values = {name: value[0] for name, value in page.form("/messages/new").values.items() if value}
    page = patient.follow(patient.post(remove, {**values, "question": "Other words"}))
    assert page.one("textarea").text.strip() == "Other words"
    assert not page.select("button[formaction*=remove]")
    assert count(world, AttachmentContent) == 0


def test_what_was_sent_can_not_be_removed(patient, world):
    compose(patient, world, ("a.txt", b"one")).submit({}, form="/messages")
    row = sent_file(world)
    values = {"once": str(uuid4()), "question": "x"}
    patient.post(world.messages_url(f"drafts?remove={row.id}"), values, csrf="/profile", status=404)
    assert count(world, Attachment) == 1


def test_files_wait_with_the_draft_over_sessions_and_go_when_it_is_thrown_away(client, patient, world):
    compose(patient, world, ("a.txt", b"one"))
    again = client.as_(world.accounts["patient"])
    assert "a.txt" in again.get(world.messages_url("new")).text
    again.get(world.messages_url("drafts")).submit({}, form="/discard")
    assert (count(world, Attachment), count(world, AttachmentContent), count(world, Draft)) == (0, 0, 0)


def test_others_can_not_open_a_file(client, patient, world):
    compose(patient, world, ("a.txt", b"one")).submit({}, form="/messages")
    row = sent_file(world)
    world.change(Thread, row.thread_id, is_hidden_from_liaison=True)
    path = world.messages_url(f"{row.thread_id}/files/{row.id}")
    for who in ("liaison", "family", "stranger", "outsider", "clerk", "admin"):
        client.as_(world.accounts[who]).get(path, status=404)
    other = world.ask(text="Another question about my visit?")
    patient.get(world.messages_url(f"{other}/files/{row.id}"), status=404)
    assert patient.http.get(path).data == b"one"


def test_a_liaison_who_may_read_the_conversation_opens_its_files_until_access_ends(client, patient, world):
    page = compose(patient, world, ("a.txt", b"one"))
    page.submit({}, form="/messages")
    row = sent_file(world)
    liaison = client.as_(world.accounts["liaison"])
    path = world.messages_url(f"{row.thread_id}/files/{row.id}")
    assert liaison.http.get(path).data == b"one"
    world.change(Relationship, world.held_id, state="revoked")
    liaison.get(path, status=404)


def test_staff_answer_with_a_file(client, world):
    thread_id = world.ask()
    doctor = client.as_(world.accounts["doctor"])
    form = doctor.get(f"/desk/inbox/{thread_id}").form("/replies")
    values = {name: value[0] for name, value in form.values.items() if value and name != "waits"}
    doctor.post(f"/desk/inbox/{thread_id}/replies", {**values, "reply": "See this.", **chosen(("plan.pdf", PDF))})
    patient = client.as_(world.accounts["patient"])
    page = patient.get(world.messages_url(thread_id))
    assert patient.http.get(page.link("plan.pdf").href).data == PDF


def test_a_photo_gets_a_small_picture(patient, world):
    compose(patient, world, ("skin.png", picture())).submit({}, form="/messages")
    Worker(world.services).run_due()
    row = sent_file(world)
    page = patient.get(world.messages_url(row.thread_id))
    small = patient.http.get(page.one(".files__small")["src"])
    assert small.mimetype == "image/jpeg" and len(small.data) < len(picture())


def test_a_request_that_is_too_large_is_told_and_costs_nothing(patient, world):
    page = compose(patient, world, *[(f"{n}.pdf", b"%PDF-" + b"x" * 9_500_000) for n in range(3)], status=413)
    assert page.h1
    assert count(world, Attachment) == 0


def test_only_forms_for_files_take_more_than_a_mebibyte(patient, world):
    patient.post(
        "/profile", {"x": "y" * 600_000, **chosen(("a.pdf", b"%PDF-" + b"x" * 900_000))}, csrf="/profile", status=413
    )


# The scanner ---------------------------------------------------------------------------------------------------------


class TestWithAScanner:
    @pytest.fixture
    def settings_values(self, settings_values):
        with scanner() as address:
            yield {**settings_values, "clamav": address}

    def test_a_file_is_held_until_the_scanner_has_looked(self, client, patient, world):
        compose(patient, world, ("a.pdf", PDF)).submit({}, form="/messages")
        row = sent_file(world)
        page = patient.get(world.messages_url(row.thread_id))
        assert "is being checked for viruses" in page.text
        patient.get(world.messages_url(f"{row.thread_id}/files/{row.id}"), status=404)
        Worker(world.services).run_due()
        page = patient.get(world.messages_url(row.thread_id))
        assert patient.http.get(page.link("a.pdf").href).data == PDF

    def test_a_file_in_which_it_finds_something_is_destroyed_and_both_are_told(self, client, patient, world):
        compose(patient, world, ("a.txt", EICAR)).submit({}, form="/messages")
        Worker(world.services).run_due()
        row = sent_file(world)
        assert (row.state, count(world, AttachmentContent)) == ("refused", 0)
        for page in (
            patient.get(world.messages_url(row.thread_id)),
            client.as_(world.accounts["doctor"]).get(f"/desk/inbox/{row.thread_id}"),
        ):
            assert "This file was not delivered: the virus check found something in it." in page.text
            assert "A file was not delivered" in page.text


class TestWithAScannerThatIsDown:
    @pytest.fixture
    def settings_values(self, settings_values):
        return {**settings_values, "clamav": "127.0.0.1:1"}

    def test_the_message_arrives_the_file_stays_held_and_the_scanner_is_asked_again(self, patient, world):
        compose(patient, world, ("a.pdf", PDF)).submit({}, form="/messages")
        Worker(world.services).run_due()
        row = sent_file(world)
        assert row.state == "checking"
        with made(world.services) as session:
            job = session.scalar(select(Job).where(Job.kind == "messaging.scan_attachment"))
            assert (job.state, job.error) == ("ready", "scanner-down")


# Several drafts ------------------------------------------------------------------------------------------------------


def save(patient, world, thread_id: UUID, words: str, once: str | None = None):
    values = {"reply": words, "thread": str(thread_id), "once": once or str(uuid4())}
    return patient.post(world.messages_url("drafts"), values, csrf=world.messages_url(thread_id))


def test_several_drafts_in_one_conversation_are_kept_apart(patient, world):
    thread_id = world.ask()
    save(patient, world, thread_id, "First thought")
    save(patient, world, thread_id, "Second thought")
    page = patient.get(world.messages_url(thread_id))
    shown = page.one("textarea").text.strip()
    other = {"First thought": "Second thought", "Second thought": "First thought"}[shown]
    page = page.follow(other)
    assert page.one("textarea").text.strip() == other
    page.submit({}, form="/replies")
    assert count(world, Draft) == 1
    assert patient.get(world.messages_url(thread_id)).one("textarea").text.strip() == shown


def test_going_on_with_a_draft_makes_no_second_one(patient, world):
    thread_id = world.ask()
    save(patient, world, thread_id, "Half")
    form = patient.get(world.messages_url(thread_id)).form("/replies")
    save(patient, world, thread_id, "Half a thought", form.values["once"][0])
    assert count(world, Draft) == 1


def test_another_draft_can_be_begun(patient, world):
    thread_id = world.ask()
    save(patient, world, thread_id, "Half")
    page = patient.get(world.messages_url(thread_id)).follow("Begin another draft here")
    assert page.one("textarea").text.strip() == ""
    assert "Half" in page.text
