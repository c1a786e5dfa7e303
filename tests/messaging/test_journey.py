"""A patient asks, is shown who will answer, sends; the provider answers from the inbox; the patient reads."""

from __future__ import annotations

from tests.messaging.world import QUESTION


def test_a_question_about_a_result_goes_to_whoever_ordered_it_and_the_answer_comes_back(client, world):
    patient = client.as_(world.accounts["patient"])
    page = patient.get(world.messages_url("new") + f"?result={world.result_id}")
    page = page.submit({"question": QUESTION}, form=world.messages_url("new"), status=200)
    assert page.h1 == "Who will answer"
    assert "Dr. Otto Heart" in page.one(".route").text
    assert "ordered the test Potassium" in page.text
    assert "Too few answers in the last 30 days" in page.text
    assert page.link("Potassium of Mar 9").href.endswith(str(world.result_id))

    sent = page.submit({}, form=world.messages_url())
    shown = patient.follow(sent)
    assert QUESTION in shown.text and "With Dr. Otto Heart" in shown.text

    doctor = client.as_(world.accounts["doctor"])
    inbox = doctor.get("/desk/inbox")
    assert len(inbox.select(".row--unread")) == 1
    thread = doctor.get(inbox.one(".row__link")["href"])
    assert QUESTION in thread.text
    answered = thread.submit({"reply": "A bit high, not dangerous."}, form="/replies")
    assert "Answered" in doctor.follow(answered).text
    assert doctor.get("/desk/inbox").select(".row") == []

    listed = patient.get(world.messages_url())
    assert len(listed.select(".row--unread")) == 1
    read = patient.get(listed.one(".row__link")["href"])
    assert "A bit high, not dangerous." in read.text
    assert patient.get(world.messages_url()).select(".row--unread") == []
