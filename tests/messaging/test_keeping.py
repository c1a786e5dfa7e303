"""Conversations are found, put away, put right and printed, and nothing of them is ever lost."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from portal.messaging import searching
from portal.models import Filing, Folder, Message, RouteStep, Thread
from tests.factories.people import made
from tests.messaging.world import QUESTION, World

OTHER = "¿Puedo tomar ibuprofeno con el riñón así? La Señora Núñez pregunta."


@pytest.fixture
def world(services):
    return World(services)


@pytest.fixture
def patient(client, world):
    return client.as_(world.accounts["patient"])


def count(world, model):
    with made(world.services) as session:
        return session.scalar(select(func.count()).select_from(model))


def first_message(world, thread_id):
    with made(world.services) as session:
        return session.scalar(select(Message.id).where(Message.thread_id == thread_id).order_by(Message.sent_at))


# Searching -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("bananas", 1),
        ("BANANAS potassium", 1),
        ("bananas ibuprofeno", 0),
        ("rinon", 1),
        ("núñez", 1),
        ("nunez", 1),
        ("weather", 0),
    ],
)
def test_words_are_found_whatever_their_accents_and_capitals(patient, world, wanted, found):
    world.ask()
    world.ask(text=OTHER)
    page = patient.get(world.messages_url("search")).submit({"words": wanted}, form="/search", status=200)
    assert len(page.select("li.row")) == found
    assert wanted not in page.url


def test_a_search_without_words_says_what_to_do(patient, world):
    page = patient.get(world.messages_url("search")).submit({"words": " "}, form="/search", status=422)
    assert page.errors == ["Write what you are looking for."]


def test_others_find_only_what_they_may_read(client, patient, world):
    thread_id = world.ask()
    world.change(Thread, thread_id, is_hidden_from_liaison=True)
    liaison = client.as_(world.accounts["liaison"])
    page = liaison.get(world.messages_url("search")).submit({"words": "bananas"}, form="/search", status=200)
    assert "Nothing found" in page.text
    client.as_(world.accounts["stranger"]).post(
        world.messages_url("search"), {"words": "x"}, csrf="/profile", status=404
    )


def test_a_search_costs_the_same_statements_for_any_number(patient, world, count_statements):
    world.ask()
    form = patient.get(world.messages_url("search"))
    form.submit({"words": "bananas"}, form="/search", status=200)
    with count_statements() as few:
        form.submit({"words": "bananas"}, form="/search", status=200)
    for number in range(5):
        world.ask(text=f"{QUESTION} {number}")
    with count_statements() as many:
        form.submit({"words": "bananas"}, form="/search", status=200)
    assert few.count == many.count


def test_a_snippet_shows_the_place():
    body = "word " * 100 + "The Ñandú bird " + "tail " * 50
    shown = searching.snippet(body, ["nandu"])
    assert "Ñandú" in shown and len(shown) < 200


# Folders and the archive ---------------------------------------------------------------------------------------------


def rows(page):
    return [one.text for one in page.select("li.row .row__who")]


def keep(patient, world, thread_id, to):
    return patient.follow(patient.get(world.messages_url(f"{thread_id}/keep")).submit({"to": to}, form="/keep"))


def test_an_archived_conversation_leaves_the_list_and_comes_back_when_somebody_writes(client, patient, world, clock):
    thread_id = world.ask()
    page = keep(patient, world, thread_id, "archive")
    assert rows(page) == []
    assert len(rows(page.follow("Archive"))) == 1
    clock.move(minutes=5)
    world.answer(thread_id)
    assert len(rows(patient.get(world.messages_url()))) == 1


def test_a_conversation_is_kept_in_a_folder_and_taken_back(patient, world):
    thread_id = world.ask()
    page = patient.get(world.messages_url("folders"))
    patient.follow(page.submit({"name": "Heart ♥ stuff"}, form="/messages/folders"))
    with made(world.services) as session:
        folder = session.scalar(select(Folder))
    assert b"Heart" not in folder.name
    page = keep(patient, world, thread_id, str(folder.id))
    assert rows(page) == []
    page = page.follow("Folders").follow("Open")
    assert len(rows(page)) == 1 and "Heart ♥ stuff" in page.text
    assert len(rows(keep(patient, world, thread_id, "list"))) == 1
    assert count(world, Filing) == 0


def test_a_folder_that_holds_something_is_not_removed(patient, world):
    thread_id = world.ask()
    patient.get(world.messages_url("folders")).submit({"name": "A"}, form="/messages/folders")
    with made(world.services) as session:
        folder = session.scalar(select(Folder.id))
    keep(patient, world, thread_id, str(folder))
    path = world.messages_url(f"folders/{folder}/remove")
    page = patient.follow(patient.post(path, {}, csrf=world.messages_url("folders")))
    assert "There are conversations in this folder." in page.text
    keep(patient, world, thread_id, "list")
    patient.post(path, {}, csrf=world.messages_url("folders"))
    assert count(world, Folder) == 0


@pytest.mark.parametrize(
    ("name", "said"), [("", "Give the folder a name."), (" a ", "You have a folder of that name already.")]
)
def test_a_folder_needs_a_name_of_its_own(patient, world, name, said):
    patient.get(world.messages_url("folders")).submit({"name": "A"}, form="/messages/folders")
    page = patient.get(world.messages_url("folders")).submit({"name": name}, form="/messages/folders", status=422)
    assert page.errors == [said]


def test_putting_away_changes_nobody_else_s_view(client, patient, world):
    thread_id = world.ask()
    keep(patient, world, thread_id, "archive")
    liaison = client.as_(world.accounts["liaison"])
    assert len(rows(liaison.get(world.messages_url()))) == 1
    assert client.as_(world.accounts["doctor"]).get(f"/desk/inbox/{thread_id}")


def test_folders_are_their_owner_s_alone(client, patient, world):
    patient.get(world.messages_url("folders")).submit({"name": "Mine"}, form="/messages/folders")
    with made(world.services) as session:
        folder = session.scalar(select(Folder.id))
    liaison = client.as_(world.accounts["liaison"])
    assert "Mine" not in liaison.get(world.messages_url("folders")).text
    liaison.get(world.messages_url() + f"?folder={folder}", status=404)
    thread_id = world.ask()
    liaison.post(world.messages_url(f"{thread_id}/keep"), {"to": str(folder)}, csrf="/profile", status=404)


# Putting right -------------------------------------------------------------------------------------------------------


def edit(patient, world, thread_id):
    return patient.get(world.messages_url(f"{thread_id}/written/{first_message(world, thread_id)}"))


def test_a_correction_stands_beside_what_it_puts_right(client, patient, world):
    thread_id = world.ask()
    page = edit(patient, world, thread_id)
    assert page.one("textarea").text.strip() == QUESTION
    page = patient.follow(page.submit({"reply": "I meant sodium, not potassium."}, form=page.url))
    for shown in (page, client.as_(world.accounts["doctor"]).get(f"/desk/inbox/{thread_id}")):
        assert QUESTION in shown.text and "I meant sodium" in shown.text
    assert "Put right below" in page.text and "Puts an earlier message right" in page.text


def test_a_message_nobody_opened_is_taken_back_for_good(client, patient, world):
    thread_id = world.ask()
    page = edit(patient, world, thread_id)
    assert "Nobody has opened it yet" in page.text
    patient.follow(page.submit({}, form="/retract"))
    desk = client.as_(world.accounts["doctor"]).get(f"/desk/inbox/{thread_id}")
    assert "This message was taken back." in desk.text and "bananas" not in desk.text
    liaison = client.as_(world.accounts["liaison"]).get(world.messages_url(thread_id))
    assert "bananas" not in liaison.text
    assert "bananas" not in client.as_(world.accounts["doctor"]).get("/desk/inbox").text
    assert count(world, Message) == 1, "the record keeps it, sealed"


def test_a_message_that_was_opened_can_still_be_seen_by_the_team(client, patient, world):
    thread_id = world.ask()
    doctor = client.as_(world.accounts["doctor"])
    doctor.get(f"/desk/inbox/{thread_id}")
    page = edit(patient, world, thread_id)
    assert "It was opened already" in page.text
    patient.follow(page.submit({}, form="/retract"))
    assert "bananas" in doctor.get(f"/desk/inbox/{thread_id}").text
    assert "bananas" not in client.as_(world.accounts["liaison"]).get(world.messages_url(thread_id)).text
    with made(world.services) as session:
        assert session.scalar(select(func.count()).where(RouteStep.kind == "retracted")) == 1


def test_taking_back_twice_is_once(patient, world):
    page = edit(patient, world, world.ask())
    for _ in range(2):
        page.submit({}, form="/retract")
    with made(world.services) as session:
        assert session.scalar(select(func.count()).where(RouteStep.kind == "retracted")) == 1


def test_nobody_changes_what_others_wrote(client, patient, world):
    thread_id = world.ask()
    message_id = first_message(world, thread_id)
    for who in ("liaison", "doctor", "stranger"):
        path = world.messages_url(f"{thread_id}/written/{message_id}")
        other = client.as_(world.accounts[who])
        other.get(path, status=404)
        other.post(f"{path}/retract", {}, csrf="/profile", status=404)


def test_the_sender_sees_whether_it_was_opened(client, patient, world):
    thread_id = world.ask()
    assert "Sent. Not opened yet." in patient.get(world.messages_url(thread_id)).text
    client.as_(world.accounts["doctor"]).get(f"/desk/inbox/{thread_id}")
    assert "Opened by who answers." in patient.get(world.messages_url(thread_id)).text


# Paper ---------------------------------------------------------------------------------------------------------------


def test_a_conversation_is_saved_as_a_tagged_pdf(patient, world):
    thread_id = world.ask(text=f'{QUESTION}\n#read("/etc/passwd") *bold* ñandú 漢字')
    page = patient.get(world.messages_url(thread_id)).follow("Keep, print or save")
    answer = patient.http.get(page.link("Save as PDF").href)
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in answer.data or b"ObjStm" in answer.data
    assert "attachment" in answer.headers["Content-Disposition"]
