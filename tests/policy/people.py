"""One patient and everybody around: the columns of access.csv."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from portal.models import (
    Absence,
    AccessEvidence,
    AccessInvitation,
    AccessLimit,
    Account,
    Allergy,
    Appointment,
    Attachment,
    CarePlan,
    CareTeamMember,
    Condition,
    Document,
    Draft,
    Encounter,
    FamilyUpdate,
    FamilyUpdateReader,
    Filing,
    Folder,
    Immunization,
    Job,
    LiaisonMode,
    Medication,
    Message,
    Person,
    Pool,
    PoolMember,
    Practitioner,
    Procedure,
    QuickText,
    Referral,
    Relationship,
    RelationshipScope,
    Report,
    Result,
    RoutingVersion,
    SideQuestion,
    Task,
    Thread,
    ThreadOffer,
    WebSession,
)
from portal.policy.actors import Actor
from portal.policy.vocabulary import SCOPES, stored
from tests.policy.binder import add_binder
from tests.policy.medicines import add_medicines
from tests.policy.outside import add_outside
from tests.policy.records import add_records
from tests.policy.visits import add_visits
from tests.policy.waiting import add_waiting

KINDS = (
    "patient",
    "liaison",
    "trusted",
    "narrow",
    "no_messages",
    "ended",
    "elsewhere",
    "family",
    "stranger",
    "team_doctor",
    "team_nurse",
    "other_doctor",
    "pool_nurse",
    "front_desk",
    "admin",
    "nobody",
)


class Clinic:
    """A patient with one row of each kind, and an actor of each kind of people."""

    def __init__(self, session: Any, now: datetime) -> None:
        self.session, self.now = session, now
        self.actors: dict[str, Actor] = {"nobody": Actor.nobody()}
        self.rows: dict[str, UUID] = {}
        self.patient = Person(given_name="Zyxxquar", family_name="Vorblinth", mrn="1")
        self.other = Person(given_name="Other", family_name="Person", mrn="2")
        session.add_all([self.patient, self.other])
        session.flush()
        self._people()
        self._access()
        self._record()
        self._threads()
        self._desk_work()
        self._liaison()
        add_visits(self)
        add_binder(self)
        add_medicines(self)
        add_outside(self)
        add_records(self)
        add_waiting(self)
        session.commit()

    def _add(self, row: Any) -> Any:
        self.session.add(row)
        self.session.flush()
        return row

    def _account(self, **columns: Any) -> Account:
        return self._add(Account(display_name="Somebody", created_at=self.now, **columns))

    def _caregiver(
        self, name: str, kind: str, scopes: tuple[str, ...], state: str = "active", patient: Person | None = None
    ) -> None:
        patient = patient or self.patient
        account = self._account()
        self.actors[name] = Actor("caregiver", account_id=account.id)
        held = self._add(
            Relationship(
                patient_id=patient.id,
                account_id=account.id,
                kind=kind,
                relation="daughter",
                state=state,
                starts_at=self.now - timedelta(days=9),
                ends_at=self.now + timedelta(days=9),
            )
        )
        for scope in stored(scopes):
            self._add(RelationshipScope(patient_id=patient.id, relationship_id=held.id, scope=scope))
        self.rows[f"relationship {name}"] = held.id

    def _staff(self, name: str, role: str, *, on_team: bool = False, pool: Pool | None = None) -> None:
        member = self._add(Practitioner(name=name, role=role))
        if on_team:
            team = CareTeamMember(
                patient_id=self.patient.id, practitioner_id=member.id, role=role, starts_at=self.now - timedelta(days=1)
            )
            self.rows["care_team_member"] = self._add(team).id
        if pool:
            self._add(PoolMember(pool_id=pool.id, practitioner_id=member.id, is_lead=pool is self.pool))
        account = self._account(practitioner_id=member.id)
        self.actors[name] = Actor("staff", account_id=account.id, practitioner_id=member.id, role=role)

    def _elsewhere(self, name: str) -> None:
        """Busy with another patient: on the team, and holding an open question."""
        member = self.actors[name].practitioner_id
        day = timedelta(days=1)
        self._add(
            CareTeamMember(
                patient_id=self.other.id, practitioner_id=member, role="specialist", starts_at=self.now - day
            )
        )
        values = {"owner_practitioner_id": member, "author_id": self.actors["stranger"].account_id}
        self._thread(self.other, {"destination": "pcp", "author_role": "patient", **values})

    def _thread(self, patient: Person, values: dict[str, Any]) -> Thread:
        thread = Thread(
            patient_id=patient.id,
            subject=b"",
            preview=b"",
            topic="test_result",
            urgency="routine",
            once=uuid4(),
            created_at=self.now,
            last_at=self.now,
            **values,
        )
        return self._add(thread)

    def _people(self) -> None:
        self.pool = self._add(Pool(key="nurse_triage", name="Nurses", is_clinical=True))
        self.desk = self._add(Pool(key="scheduling", name="Scheduling"))
        own = self._account(person_id=self.patient.id)
        self.actors["patient"] = Actor("patient", account_id=own.id, person_id=self.patient.id)
        stranger = self._account(person_id=self.other.id)
        self.actors["stranger"] = Actor("patient", account_id=stranger.id, person_id=self.other.id)
        self._caregiver("liaison", "liaison", SCOPES)
        self._caregiver("trusted", "proxy", (*SCOPES, "sensitive:PSY", "sensitive:SDV"))
        without = tuple(scope for scope in SCOPES if not scope.startswith("messages"))
        self._caregiver("no_messages", "proxy", without)
        self._caregiver("narrow", "proxy", ("appointments_view",))
        self._caregiver("elsewhere", "liaison", (*SCOPES, "sensitive:PSY"), patient=self.other)
        self._caregiver("ended", "proxy", (*SCOPES, "sensitive:PSY"), state="revoked")
        self._caregiver("family", "family", ())
        self._staff("team_doctor", "pcp", on_team=True)
        self._staff("team_nurse", "nurse", on_team=True)
        self._staff("other_doctor", "specialist")
        self._elsewhere("other_doctor")
        self._staff("pool_nurse", "nurse", pool=self.pool)
        self._staff("front_desk", "front_desk", pool=self.desk)
        admin = self._account(is_admin=True)
        self.actors["admin"] = Actor("admin", account_id=admin.id, is_admin=True)
        session = WebSession(token_hash=b"x" * 32, account_id=own.id, data={}, created_at=self.now, seen_at=self.now)
        self.rows["web_session"] = self._add(session).id
        self.rows["account"] = own.id
        draft = RoutingVersion(state="draft", body={}, made_by_id=admin.id, made_at=self.now)
        self.rows["routing_version"] = self._add(draft).id
        job = Job(kind="test.kind", subject=str(own.id), run_at=self.now, created_at=self.now, state="dead")
        self.rows["job"] = self._add(job).id
        self.rows["person"] = self.patient.id

    def _record(self) -> None:
        for model in (Allergy, Condition, Immunization, Medication, Procedure, Encounter, Document, CarePlan, Referral):
            for label, sensitivity in (("", None), (" sensitive", "PSY"), (" never", "SDV")):
                columns = {"activities": []} if model is CarePlan else {}
                row = model(patient_id=self.patient.id, name="x", status="active", sensitivity=sensitivity, **columns)
                self.rows[model.__tablename__ + label] = self._add(row).id
        for label, sensitivity, released, status in (
            ("", None, self.now, "final"),
            (" sensitive", "PSY", self.now, "final"),
            (" unreleased", None, None, "final"),
            (" later", None, self.now + timedelta(hours=1), "final"),
            (" in error", None, self.now, "entered-in-error"),
        ):
            common = {"patient_id": self.patient.id, "name": "x", "status": status, "sensitivity": sensitivity}
            common |= {"category": "laboratory", "effective_at": self.now, "released_at": released}
            self.rows["result" + label] = self._add(Result(components=[], **common)).id
            self.rows["report" + label] = self._add(Report(**common)).id
        for label, sensitivity in (("", None), (" sensitive", "PSY")):
            visit = Appointment(
                patient_id=self.patient.id,
                kind="visit",
                status="booked",
                local_start=self.now.replace(tzinfo=None),
                time_zone="UTC",
                starts_at=self.now,
                sensitivity=sensitivity,
            )
            self.rows["appointment" + label] = self._add(visit).id

    def _desk_work(self) -> None:
        """What staff work with: the nurses' pool is led by pool_nurse; "thread desk" is offered to that pool."""
        colleague = self._add(Practitioner(name="Colleague", role="nurse"))
        self._add(PoolMember(pool_id=self.pool.id, practitioner_id=colleague.id))
        for label, who in (("", self.actors["front_desk"].practitioner_id), (" of a colleague", colleague.id)):
            away = Absence(practitioner_id=who, starts_on=date(2026, 1, 1), ends_on=date(2026, 1, 2))
            self.rows["absence" + label] = self._add(away).id
        self.rows["pool"], self.rows["pool desk"] = self.pool.id, self.desk.id
        clerk = self.actors["front_desk"].account_id
        made = {"patient_id": self.patient.id, "by_id": clerk, "at": self.now}
        offer = ThreadOffer(thread_id=self.rows["thread desk"], pool_id=self.pool.id, note=b"", **made)
        self.rows["thread_offer"] = self._add(offer).id
        asked = {"": self.actors["team_doctor"], " of a stranger": self.actors["other_doctor"]}
        for label, actor in asked.items():
            question = SideQuestion(
                thread_id=self.rows["thread"],
                asked_id=actor.practitioner_id,
                question_id=self.rows["message"],
                **made,
            )
            self.rows["side_question" + label] = self._add(question).id
        words = {"title": "x", "english": "x", "spanish": "x", "changed_by_id": clerk, "changed_at": self.now}
        mine = {"owner_practitioner_id": self.actors["team_doctor"].practitioner_id}
        for label, owner in (("", {"owner_pool_id": self.pool.id}), (" own", mine)):
            self.rows["quick_text" + label] = self._add(QuickText(**words, **owner)).id
        task = Task(
            patient_id=self.patient.id,
            words=b"",
            owner_pool_id=self.pool.id,
            due_on=date(2026, 1, 1),
            made_by_id=clerk,
            made_at=self.now,
            once=uuid4(),
        )
        self.rows["task"] = self._add(task).id

    def _file(self, label: str, account_id: UUID, message: Message | None) -> None:
        file = Attachment(
            patient_id=self.patient.id,
            account_id=account_id,
            once=uuid4(),
            message_id=message.id if message else None,
            thread_id=message.thread_id if message else None,
            name=b"",
            media_type="text/plain",
            size=1,
            digest=b"",
            state="clean",
            created_at=self.now,
        )
        self.rows[label] = self._add(file).id

    def _threads(self) -> None:
        author = self.actors["patient"].account_id
        family = self.actors["family"].account_id
        liaison = self.rows["relationship liaison"]
        for label, columns in {
            "": {"owner_pool_id": self.pool.id, "scope": "results", "is_liaison_readable": True},
            " hidden": {
                "owner_pool_id": self.pool.id,
                "scope": "results",
                "is_liaison_readable": True,
                "is_hidden_from_liaison": True,
            },
            " sensitive": {
                "owner_pool_id": self.pool.id,
                "scope": "results",
                "is_liaison_readable": True,
                "sensitivity": "mental_health",
            },
            " unshared": {"owner_pool_id": self.pool.id, "scope": "results"},
            " family": {"owner_pool_id": self.pool.id, "author_id": family, "author_role": "family_other"},
            " to liaison": {"owner_relationship_id": liaison, "is_liaison_readable": True},
            " from family": {
                "owner_relationship_id": liaison,
                "author_id": family,
                "author_role": "family_other",
                "destination": "liaison",
            },
            " kept": {"owner_pool_id": self.pool.id, "scope": "billing", "is_liaison_readable": True},
            " desk": {"owner_pool_id": self.desk.id, "scope": "appointments_view"},
        }.items():
            values: dict[str, Any] = {"author_id": author, "author_role": "patient", "destination": "pcp", **columns}
            thread = self._thread(self.patient, values)
            self.rows["thread" + label] = thread.id
            message = Message(
                patient_id=self.patient.id,
                thread_id=thread.id,
                author_id=values["author_id"],
                author_name="x",
                author_role="patient",
                body=b"",
                sent_at=self.now,
                once=uuid4(),
            )
            self.rows["message" + label] = self._add(message).id
            self._file("attachment" + label, author, message)
        self._file("attachment of a draft", author, None)
        shelf = Folder(patient_id=self.patient.id, account_id=author, name=b"", created_at=self.now)
        self.rows["folder"] = self._add(shelf).id
        kept = Filing(patient_id=self.patient.id, account_id=author, thread_id=self.rows["thread"], filed_at=self.now)
        self.rows["filing"] = self._add(kept).id
        draft = Draft(
            patient_id=self.patient.id,
            account_id=author,
            place="new",
            fields=b"",
            once=uuid4(),
            created_at=self.now,
            updated_at=self.now,
        )
        self.rows["draft"] = self._add(draft).id

    def _liaison(self) -> None:
        """What the patient wants of the liaison, whom they asked to be the next one, and news for the family."""
        patient = {"patient_id": self.patient.id}
        self.rows["liaison_mode"] = self._add(LiaisonMode(**patient, scope="billing", mode="never", set_at=self.now)).id
        for label, reader, state in (
            ("", "family", "published"),
            (" to others", "no_messages", "published"),
            (" withdrawn", "family", "withdrawn"),
        ):
            update = FamilyUpdate(
                **patient,
                author_id=self.actors["liaison"].account_id,
                author_name="x",
                author_relation="daughter",
                body=b"",
                audience="named",
                state=state,
                published_at=self.now,
                once=uuid4(),
            )
            self.rows["family_update" + label] = self._add(update).id
            held = self.rows[f"relationship {reader}"]
            row = self._add(FamilyUpdateReader(**patient, update_id=update.id, relationship_id=held))
            self.rows["family_update_reader" + label] = row.id

    def _access(self) -> None:
        """A representative who is asked, with the paper it rests on."""
        made_by = self.actors["patient"].account_id
        common = {"kind": "representative", "relation": "guardian", "name": "Somebody", "scopes": []}
        asked = self._add(
            AccessInvitation(
                patient_id=self.patient.id, state="invited", made_by_id=made_by, made_at=self.now, **common
            )
        )
        paper = AccessEvidence(
            patient_id=self.patient.id,
            invitation_id=asked.id,
            what="court_order",
            details=b"",
            filed_by_id=made_by,
            filed_at=self.now,
        )
        self.rows["access_invitation"] = asked.id
        self.rows["access_evidence"] = self._add(paper).id
        limit = AccessLimit(
            patient_id=self.patient.id,
            made_by_id=made_by,
            made_at=self.now,
            starts_at=self.now,
            why="danger",
            details=b"",
            relationship_id=self.rows["relationship narrow"],
        )
        self.rows["access_limit"] = self._add(limit).id
