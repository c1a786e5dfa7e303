"""Pages of patients and caregivers: nothing typed is lost, nothing is sent twice, no emergency is overlooked."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import func, select

from portal.models import Draft, Message, Thread
from tests.factories.people import made
from tests.messaging.world import EMERGENCY, QUESTION

SPANISH = "Tengo un dolor muy fuerte en el pecho y no puedo respirar."


def count(world, model):
    with made(world.services) as session:
        return session.scalar(select(func.count()).select_from(model))


@pytest.fixture
def patient(client, world):
    return client.as_(world.accounts["patient"])


def confirmed(browser, world, text=QUESTION, **fields):
    page = browser.get(world.messages_url("new"))
    return page.submit({"question": text, **fields}, form="/messages/new", status=200)


def test_an_empty_question_says_what_to_do(patient, world):
    page = patient.get(world.messages_url("new")).submit({"question": "   "}, form="/messages/new", status=422)
    assert page.title.startswith("Error: ")
    assert page.errors == ["Write your question."]
    assert count(world, Thread) == 0


def test_too_long_a_question_keeps_every_word(patient, world):
    text = "word " * 2001
    page = patient.get(world.messages_url("new")).submit({"question": text}, form="/messages/new", status=422)
    assert "Shorten your message to 10,000 characters" in page.errors[0]
    assert page.one("textarea").text.count("word") == 2001


def test_looking_at_who_will_answer_sends_nothing_and_keeps_a_draft(patient, world):
    page = confirmed(patient, world)
    assert page.h1 == "Who will answer"
    assert (count(world, Thread), count(world, Draft)) == (0, 1)
    assert QUESTION in patient.get(world.messages_url("new")).text


def test_sending_takes_the_draft_away(patient, world):
    page = confirmed(patient, world)
    page.submit({}, form="/messages")
    assert (count(world, Thread), count(world, Draft)) == (1, 0)


def test_a_double_click_makes_one_thread_and_shows_it_twice(patient, world):
    page = confirmed(patient, world)
    first, second = page.submit({}, form="/messages"), page.submit({}, form="/messages")
    assert first.location == second.location
    assert (count(world, Thread), count(world, Message)) == (1, 1)


def test_a_plan_that_has_changed_is_shown_again_before_anything_is_sent(patient, world):
    page = confirmed(patient, world)
    world.away("doctor", "cover")
    again = page.submit({}, form="/messages", status=200)
    assert "This has changed" in again.text and "Dr. Otto Heart is away" in again.text
    assert count(world, Thread) == 0
    sent = patient.follow(again.submit({}, form="/messages"))
    assert "With Dr. Cora Cover" in sent.text


def test_one_tap_keeps_it_from_the_liaison(client, patient, world):
    page = confirmed(patient, world)
    button = next(b for b in page.select("button") if "Keep this one private" in b.text)
    assert button["name"] == "private"
    hidden = page.submit({"private": "1"}, form="/messages", status=200)
    assert count(world, Thread) == 0  # another choice is another plan: it is shown first
    assert "will not see this one" in hidden.text
    hidden.submit({"private": "1"}, form="/messages")
    liaison = client.as_(world.accounts["liaison"])
    listed = liaison.get(world.messages_url())
    assert listed.select(".row") == [] and "No messages yet" in listed.text


def test_somebody_else_can_be_chosen(patient, world):
    page = confirmed(patient, world)
    chosen = str(world.staff["pcp"].id)
    again = patient.post(
        world.messages_url("new"),
        {**page.form("/messages").values, "to": chosen},
        status=200,
    )
    assert "You chose who should answer" in again.text
    sent = patient.follow(again.submit({}, form="/messages"))
    assert "With Dr. Pia Prime" in sent.text


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", EMERGENCY, "This sounds like an emergency. Call 911 now."),
        ("es", SPANISH, None),
        ("en", "I want to end my life tonight.", "Call or text 988"),
    ],
)
def test_an_emergency_interrupts_before_sending_and_can_still_be_sent(client, world, language, text, words):
    from portal.models import Account

    world.change(Account, world.accounts["patient"].id, language=language)
    patient = client.as_(world.accounts["patient"])
    page = confirmed(patient, world, text)
    assert page.select(".emergency[role=alert]")
    assert page.select(".emergency__calls a[href^='tel:']")
    if words:
        assert words in page.text
    assert count(world, Thread) == 0
    page.submit({}, form="/messages")
    with made(world.services) as session:
        thread = session.scalar(select(Thread))
    assert (thread.urgency, thread.owner_pool_id) == ("emergency", world.pool_id)


def test_an_emergency_in_a_reply_interrupts_too(patient, world):
    thread_id = world.ask()
    page = patient.get(world.messages_url(thread_id))
    again = page.submit({"reply": EMERGENCY}, form="/replies", status=200)
    assert again.select(".emergency[role=alert]") and count(world, Message) == 1
    again.submit({}, form="/replies")
    thread = world.thread(thread_id)
    assert (thread.urgency, thread.owner_pool_id) == ("emergency", world.pool_id)


def test_autosave_answers_without_a_page_and_belongs_to_its_writer(client, patient, world):
    page = patient.get(world.messages_url("new"))
    values = {**page.form("/messages/new").values, "question": "Half a thou"}
    answer = patient.post(world.messages_url("drafts"), values, headers={"X-Requested-With": "draft"}, status=204)
    assert answer.html == ""
    assert "Half a thou" in patient.get(world.messages_url("new")).text
    liaison = client.as_(world.accounts["liaison"])
    assert "Half a thou" not in liaison.get(world.messages_url("new")).text
    assert "Half a thou" not in liaison.get(world.messages_url("drafts")).text


def test_a_session_that_ended_leads_back_to_the_draft(client, patient, world, clock):
    page = patient.get(world.messages_url("new"))
    values = {**page.form("/messages/new").values, "question": QUESTION}
    patient.post(world.messages_url("drafts"), values, headers={"X-Requested-With": "draft"}, status=204)
    clock.move(minutes=45)
    answer = patient.post(
        world.messages_url("new"),
        values,
        headers={"Referer": "http://localhost" + world.messages_url("new")},
        csrf=False,
        status=303,
    )
    assert "/sign-in" in answer.location and "messages%2Fnew" in answer.location.replace("/", "%2F")
    again = client.as_(world.accounts["patient"]).get(world.messages_url("new"))
    assert QUESTION in again.one("textarea").text
    assert "This is your draft" in again.text


def test_a_draft_can_be_found_gone_on_with_and_thrown_away(patient, world):
    page = patient.get(world.messages_url("new"))
    values = {**page.form("/messages/new").values, "question": QUESTION}
    patient.post(world.messages_url("drafts"), values, status=303)
    listed = patient.get(world.messages_url("drafts"))
    assert QUESTION in listed.text
    assert QUESTION in listed.follow("Go on writing").one("textarea").text
    listed.submit({}, form="/discard")
    assert count(world, Draft) == 0


def test_a_closed_conversation_keeps_what_was_written_and_points_to_a_new_question(patient, world):
    thread_id = world.ask()
    page = patient.get(world.messages_url(thread_id))
    world.answer(thread_id, then="closed")
    late = page.submit({"reply": "One more thing about bananas."}, form="/replies", status=409)
    assert "One more thing about bananas." in late.text
    assert late.link("Ask a new question")


def test_earlier_messages_are_a_page_of_their_own(client, world):
    thread_id = world.ask()
    for number in range(55):
        world.services.clock.move(minutes=1)
        world.answer(thread_id, f"Answer number {number}.")
    page = client.as_(world.accounts["patient"]).get(world.messages_url(thread_id))
    assert len(page.select(".bubble")) == 50 and "Answer number 54." in page.text
    earlier = page.follow("Show earlier messages")
    assert len(earlier.select(".bubble")) == 6 and QUESTION in earlier.text


def test_a_list_goes_on_by_key_and_costs_the_same_at_any_length(client, patient, world, count_statements):
    world.ask()
    patient.get(world.messages_url())  # keys and marks are warm
    with count_statements() as short:
        patient.get(world.messages_url())
    for number in range(30):
        world.services.clock.move(minutes=1)
        world.ask(f"{QUESTION} ({number})")
    patient = client.as_(world.accounts["patient"])
    patient.get(world.messages_url())
    with count_statements() as long:
        page = patient.get(world.messages_url())
    assert long.count == short.count
    assert len(page.select(".row")) == 25
    assert len(page.follow("Older").select(".row")) == 6


def test_a_liaison_answers_what_the_family_asked(client, world):
    thread_id = world.ask("Is the new pill safe with grapefruit?", who="family")
    liaison = client.as_(world.accounts["liaison"])
    listed = liaison.get(f"/people/{world.person_id}/questions")
    assert "Is the new pill safe with grapefruit?" in listed.text
    page = liaison.get(world.messages_url(thread_id))
    page.submit({"reply": "I will ask the pharmacist."}, form="/replies")
    family = client.as_(world.accounts["family"])
    assert "I will ask the pharmacist." in family.get(world.messages_url(thread_id)).text
    assert world.thread(thread_id).state == "answered"


def test_a_liaison_passes_on_what_they_do_not_know(client, world):
    world.ask("Is the new pill safe with grapefruit?", who="family")
    liaison = client.as_(world.accounts["liaison"])
    page = liaison.get(f"/people/{world.person_id}/questions").follow("Add facts and pass on")
    assert "Is the new pill safe with grapefruit?" in page.text
    assert count(world, Thread) == 1


def test_others_pages_do_not_exist(client, world):
    thread_id, hidden = world.ask(), world.ask(text="Please refill my lisinopril.", is_private=True)
    for who, url in (
        ("stranger", world.messages_url()),
        ("stranger", world.messages_url(thread_id)),
        ("stranger", world.messages_url("new")),
        ("family", world.messages_url(thread_id)),
        ("liaison", world.messages_url(hidden)),
        ("patient", f"/people/{world.person_id}/questions"),
        ("patient", world.messages_url(uuid4())),
        ("patient", f"/desk/inbox/{thread_id}"),
        ("outsider", f"/desk/inbox/{thread_id}"),
    ):
        client.as_(world.accounts[who]).get(url, status=404)


def test_a_question_cannot_start_from_a_record_that_is_not_theirs(client, world):
    stranger = client.as_(world.accounts["stranger"])
    stranger.get(f"/people/{world.stranger.id}/messages/new?result={world.result_id}", status=404)
    client.as_(world.accounts["family"]).get(world.messages_url("new") + f"?result={world.result_id}", status=404)


def test_what_reads_like_an_emergency_brings_up_the_card_while_it_is_written(client, patient, world):
    page = patient.get(world.messages_url("new"))
    values = {**page.form("/messages/new").values, "question": EMERGENCY}
    saved = patient.post(world.messages_url("drafts"), values, headers={"X-Requested-With": "draft"}, status=200)
    assert saved.data == b"emergency"
    values["question"] = "I want to end my life tonight."
    saved = patient.post(world.messages_url("drafts"), values, headers={"X-Requested-With": "draft"}, status=200)
    assert saved.data == b"crisis"
    values["question"] = "I feel fine again."
    patient.post(world.messages_url("drafts"), values, headers={"X-Requested-With": "draft"}, status=204)
    assert count(world, Thread) == 0


def test_saving_an_emergency_as_a_draft_says_that_nobody_sees_it(patient, world):
    page = patient.get(world.messages_url("new"))
    values = {name: value[0] for name, value in page.form("/messages/new").values.items() if value}
    page = patient.follow(patient.post(world.messages_url("drafts"), {**values, "question": EMERGENCY}))
    assert "What you wrote sounds like an emergency. Call 911 now. Nobody sees a draft." in page.text


SEVERAL = "What does my potassium of 5.6 mean? Also, can you please book me a visit for next week?"


def test_other_asks_of_a_message_become_conversations_of_their_own(patient, world):
    page = confirmed(patient, world, SEVERAL)
    assert "Also send it to Scheduling, about booking visits" in page.text
    page = patient.follow(page.submit({"also": ["appointment_scheduling"]}, form="/messages"))
    with made(world.services) as session:
        first, second = session.scalars(select(Thread).order_by(Thread.parent_id.is_not(None)))
        assert (first.owner_practitioner_id, second.owner_pool_id) == (world.staff["doctor"].id, world.desk_id)
        assert second.parent_id == first.id
    page = page.follow("booking visits")
    assert page.link("test results").href.endswith(str(first.id))


def test_other_asks_stay_in_one_conversation_when_nothing_is_ticked(patient, world):
    confirmed(patient, world, SEVERAL).submit({}, form="/messages")
    assert count(world, Thread) == 1


def test_a_double_click_makes_the_other_conversations_once(patient, world):
    page = confirmed(patient, world, SEVERAL)
    for _ in range(2):
        page.submit({"also": ["appointment_scheduling"]}, form="/messages")
    assert count(world, Thread) == 2


def test_an_emergency_is_never_split(patient, world):
    page = confirmed(patient, world, f"{EMERGENCY} Also, please book me a visit for next week.")
    assert not page.select("input[name=also]")


def test_other_asks_are_not_shown_to_those_who_may_not_read_them(client, patient, world):
    page = confirmed(patient, world, SEVERAL)
    page = patient.follow(page.submit({"also": ["appointment_scheduling"]}, form="/messages"))
    with made(world.services) as session:
        second = session.scalar(select(Thread).where(Thread.parent_id.is_not(None)))
        first_id = second.parent_id
        second.is_hidden_from_liaison = True
    page = client.as_(world.accounts["liaison"]).get(world.messages_url(first_id))
    assert "From the same message" not in page.text


def test_a_question_starts_from_what_it_is_about(patient, world):
    page = patient.get(world.messages_url("new"))
    for start in ("A test result", "A medicine", "A visit", "A referral"):
        assert patient.get(page.link(start).href)
    page = page.follow("A bill or insurance")
    assert "bills and insurance" in page.text
    page = page.submit({"question": "It came yesterday and I don't understand it."}, form="/messages/new", status=200)
    page.submit({}, form="/messages")
    with made(world.services) as session:
        assert session.scalar(select(Thread.topic)) == "billing_insurance"


def test_only_the_patient_says_what_a_message_is_about(client, world):
    page = client.as_(world.accounts["liaison"]).get(world.messages_url("new") + "?topic=billing_insurance")
    page = page.submit({"question": QUESTION}, form="/messages/new", status=200)
    page.submit({}, form="/messages")
    with made(world.services) as session:
        assert session.scalar(select(Thread.topic)) == "test_result"
