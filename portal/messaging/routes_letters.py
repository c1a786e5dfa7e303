"""Doors of letters to the family, for staff."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import Response, flash, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, TextAreaField

from portal.infra.errors import NotFound
from portal.infra.i18n import known
from portal.messaging import drafts, letters, reading
from portal.messaging.deciding import Ask, Plan
from portal.messaging.forms import _not_too_long, _written
from portal.policy.actions import Action
from portal.web.door import Door
from portal.web.forms import OnceField, PortalForm, clean_text
from portal.web.responses import respond, see_other
from portal.work.limits import SENDING
from portal.work.unit_of_work import UnitOfWork

door = Door("messaging", prefix="/desk/patients/<uuid:person_id>/family-messages")


class LetterForm(PortalForm):
    """A question or news for the family."""

    question = TextAreaField(
        _l("Your message"), filters=[clean_text], validators=[_written(_l("Write your message.")), _not_too_long]
    )
    seen = HiddenField("")
    once = OnceField()

    def to_command(self, person_id: UUID) -> Ask:
        return Ask(person_id, self.question.data or "", self.once.value)


@dataclass(frozen=True)
class NewLetterPage:
    """Writing to the family, and who gets it."""

    title: str
    patient: str
    form: LetterForm
    confirm_href: str
    send_href: str
    draft_href: str
    back_href: str
    receiver: str
    is_patient: bool
    text: str = ""
    has_changed: bool = False
    room: str = "patients"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors


@door.get("/new", may=Action.PEOPLE_PERSON_READ)
def new_letter(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    _staff(uow, person_id)
    saved = drafts.of_place(uow, person_id, f"letter:{person_id}")
    form = LetterForm(formdata=None, data={"question": saved.text, "once": str(saved.once)} if saved else None)
    return respond(_page(uow, person_id, form), "messaging/new_letter.html")


def _staff(uow: UnitOfWork, person_id: UUID) -> None:
    """Raises `NotFound` to all but staff."""
    if not uow.actor.is_staff:
        uow.refuse(Action.PEOPLE_PERSON_READ, patient=person_id)
        raise NotFound()


def _page(
    uow: UnitOfWork, person_id: UUID, form: LetterForm, made: Plan | None = None, *, has_changed: bool = False
) -> NewLetterPage:
    to = letters.receiver_of(made) if made else None
    receiver = ""
    if to is not None:
        receiver = to.name if to.is_patient else f"{to.name} ({known(to.relation)})"
    return NewLetterPage(
        title=_("Who gets this") if made else _("Write to the family"),
        patient=reading.given_name(uow, person_id),
        form=form,
        confirm_href=url_for("messaging.confirm_letter", person_id=person_id),
        send_href=url_for("messaging.create_letter", person_id=person_id),
        draft_href=url_for("messaging.save_draft", person_id=person_id),
        back_href=url_for("messaging.new_letter" if made else "people.show_patient", person_id=person_id),
        receiver=receiver,
        is_patient=bool(to and to.is_patient),
        text=form.question.data or "",
        has_changed=has_changed,
    )


@door.post("/new", may=Action.MESSAGE_THREAD_CREATE)
def confirm_letter(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    _staff(uow, person_id)
    form = LetterForm()
    uow.require(Action.MESSAGE_THREAD_CREATE, patient=person_id)
    if not form.validate_on_submit():
        return respond(_page(uow, person_id, form), "messaging/new_letter.html", status=422)
    drafts.save(uow, person_id, {"question": form.question.data or "", "letter": "1"}, form.once.value)
    return _confirm(uow, person_id, form, letters.plan_letter(uow, form.to_command(person_id)))


def _confirm(uow: UnitOfWork, person_id: UUID, form: LetterForm, made: Plan, *, has_changed: bool = False) -> Response:
    form.seen.data = made.mark
    return respond(_page(uow, person_id, form, made, has_changed=has_changed), "messaging/confirm_letter.html")


@door.post("", may=Action.MESSAGE_THREAD_CREATE, at_most=SENDING)
def create_letter(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    _staff(uow, person_id)
    form = LetterForm()
    uow.require(Action.MESSAGE_THREAD_CREATE, patient=person_id)
    if not form.validate_on_submit():
        return respond(_page(uow, person_id, form), "messaging/new_letter.html", status=422)
    outcome = letters.send_letter(uow, form.to_command(person_id), seen=form.seen.data)
    if outcome.thread_id is None:
        assert outcome.plan is not None
        return _confirm(uow, person_id, form, outcome.plan, has_changed=bool(form.seen.data))
    flash(_("Your message was sent."), "success")
    return see_other("messaging.show_desk_thread", thread_id=outcome.thread_id)
