"""One piece of work: what it lets through, what it refuses, and what it leaves in the trail."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import func, select

from portal.infra.crypto import Unreadable
from portal.infra.errors import Conflict, NotAllowed, NotFound
from portal.models import AuditEvent, Draft, Job, PatientKey, Person
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.work.guards import SilentWrite, UnscopedQuery, UnusedAction
from portal.work.unit_of_work import UnitOfWork


def trail(services):
    columns = (AuditEvent.action, AuditEvent.outcome, AuditEvent.patient_id)
    with services.database.connect() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(AuditEvent.id))]


def draft_of(two, uow, place="new", once=None):
    draft = Draft(patient_id=two.patient.id, account_id=two.actor.account_id, place=place, once=once or uuid4())
    draft.created_at = draft.updated_at = uow.now
    draft.fields = uow.seal(two.patient.id, "draft.fields", draft.id, "{}")
    return draft


def test_loading_ones_own_record_leaves_a_look_in_the_trail(services, two, open_unit):
    with open_unit(two.actor) as uow:
        assert uow.load(Action.PEOPLE_PERSON_READ, Person, two.patient.id, within=two.patient.id).given_name == "Ada"
    assert trail(services) == [("people:person:read", "done", two.patient.id)]


def test_another_persons_record_looks_like_one_that_does_not_exist(services, two, open_unit):
    for row_id in (two.patient.id, uuid4()):
        with pytest.raises(NotFound), open_unit(two.other) as uow:
            uow.load(Action.PEOPLE_PERSON_READ, Person, row_id)
    assert [entry[1] for entry in trail(services)] == ["refused", "refused"]


def test_the_person_of_the_url_must_agree_with_the_row(two, open_unit):
    with pytest.raises(NotFound), open_unit(two.actor) as uow:
        uow.load(Action.PEOPLE_PERSON_READ, Person, two.patient.id, within=two.stranger.id)


def test_requiring_what_is_not_allowed_is_404_for_a_stranger_and_403_for_one_who_knows(two, open_unit):
    with pytest.raises(NotFound), open_unit(two.other) as uow:
        uow.require(Action.MESSAGE_THREAD_CREATE, patient=two.patient.id)
    with pytest.raises(NotAllowed), open_unit(two.actor) as uow:
        uow.require(Action.RESULT_COMMENT_CREATE, patient=two.patient.id)


def test_an_action_without_a_rule_is_refused(two, open_unit, monkeypatch):
    from portal.policy import rules

    monkeypatch.delitem(rules.RULES, Action.PEOPLE_PERSON_READ)
    with open_unit(two.actor) as uow:
        assert not uow.may(Action.PEOPLE_PERSON_READ, patient=two.patient.id)


def test_a_query_without_an_action_does_not_run(two, open_unit):
    for statement in (select(Person.given_name), select(func.count()).select_from(Person)):
        with pytest.raises(UnscopedQuery), open_unit(two.actor) as uow:
            uow.rows(statement)


def test_an_action_covers_only_the_tables_it_names(two, open_unit):
    with pytest.raises(UnscopedQuery), open_unit(two.actor) as uow:
        uow.rows(uow.select(Action.PEOPLE_PERSON_READ, Person).join(Draft, Draft.patient_id == Person.id))


def test_raw_sql_does_not_run_in_a_unit_of_work(two, open_unit):
    from sqlalchemy import text

    with pytest.raises(UnscopedQuery), open_unit(two.actor) as uow:
        uow.session.execute(text("SELECT given_name FROM person"))


def test_a_change_without_a_trail_is_undone(services, two, open_unit):
    with pytest.raises(SilentWrite), open_unit(two.actor, write=True) as uow:
        uow.add(draft_of(two, uow))
    with pytest.raises(SilentWrite), open_unit(two.actor, write=True) as uow:
        uow.add(draft_of(two, uow))
        uow.flush()  # an early flush does not hide it
    with services.database.connect() as connection:
        assert connection.execute(select(func.count()).select_from(Draft)).scalar() == 0


def test_a_bulk_change_without_a_trail_is_undone(two, open_unit):
    with pytest.raises(SilentWrite), open_unit(two.actor, write=True) as uow:
        statement = uow.update(Action.MESSAGE_DRAFT_UPDATE, Draft).where(Draft.place == "x").values(place="y")
        uow.change(statement)


def test_a_change_is_kept_with_its_trail_and_its_job_or_not_at_all(services, two, open_unit):
    def work(uow: UnitOfWork) -> None:
        draft = draft_of(two, uow)
        uow.add(draft)
        uow.audit(Action.MESSAGE_DRAFT_UPDATE, draft)
        uow.later("messaging.tell_owner", draft.id, key="once")

    with pytest.raises(RuntimeError), open_unit(two.actor, write=True) as uow:
        work(uow)
        raise RuntimeError("the machine fell over")
    with services.database.connect() as connection:
        assert connection.execute(select(func.count()).select_from(Job)).scalar() == 0
        assert connection.execute(select(func.count()).select_from(PatientKey)).scalar() == 0
    assert trail(services) == []
    with open_unit(two.actor, write=True) as uow:
        work(uow)
    with services.database.connect() as connection:
        assert connection.execute(select(func.count()).select_from(Job)).scalar() == 1
    assert [entry[0] for entry in trail(services)] == ["messages:draft:update"]


def test_what_was_seen_stays_in_the_trail_when_the_change_is_undone(services, two, open_unit):
    with pytest.raises(RuntimeError), open_unit(two.actor, write=True) as uow:
        uow.load(Action.PEOPLE_PERSON_READ, Person, two.patient.id)
        raise RuntimeError("the form was wrong")
    assert [entry[0] for entry in trail(services)] == ["people:person:read"]


def test_a_row_that_must_be_unique_leaves_the_rest_of_the_work_intact(services, two, open_unit):
    with open_unit(two.actor, write=True) as uow:
        first = draft_of(two, uow)
        uow.add(first)
        uow.audit(Action.MESSAGE_DRAFT_UPDATE, first)
        uow.flush()
        with pytest.raises(Conflict), uow.absorbing_duplicates():
            uow.add(draft_of(two, uow, once=first.once))
    with services.database.connect() as connection:
        assert connection.execute(select(func.count()).select_from(Draft)).scalar() == 1


def test_a_sealed_text_opens_only_where_it_was_sealed(two, open_unit):
    row = uuid4()
    with open_unit(two.actor, write=True) as uow:
        sealed = uow.seal(two.patient.id, "message.body", row, "Is it safe?")
        assert b"safe" not in sealed
    with open_unit(two.actor) as uow:
        assert uow.unseal(two.patient.id, "message.body", row, sealed) == "Is it safe?"
        for place, other in (("message.body", uuid4()), ("thread.subject", row)):
            with pytest.raises(Unreadable):
                uow.unseal(two.patient.id, place, other, sealed)


def test_a_route_that_never_asks_about_its_action_fails(two, open_unit):
    with open_unit(two.actor) as uow:
        with pytest.raises(UnusedAction):
            uow.check_used(Action.PEOPLE_PERSON_READ)
        uow.may(Action.PEOPLE_PERSON_READ, patient=two.patient.id)
        uow.check_used(Action.PEOPLE_PERSON_READ)


def test_a_job_may_do_what_its_kind_lists_and_nothing_else(two, open_unit):
    with open_unit(Actor.system("interop.import")) as uow:
        assert uow.may(Action.PEOPLE_PERSON_READ, patient=two.patient.id)
        assert not uow.may(Action.RESULT_READ, patient=two.patient.id)
    with open_unit(Actor.system("made.up")) as uow:
        assert not uow.may(Action.PEOPLE_PERSON_READ, patient=two.patient.id)


def test_what_was_taken_back_needs_no_trail_and_what_comes_after_does(two, open_unit):
    with open_unit(two.actor, write=True) as uow:
        uow.add(draft_of(two, uow))
        uow.flush()
        uow.undo()
    with pytest.raises(SilentWrite), open_unit(two.actor, write=True) as uow:
        uow.add(draft_of(two, uow))
        uow.flush()
        uow.undo()
        uow.add(draft_of(two, uow))
