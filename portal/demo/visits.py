"""The demo clinic's schedule: places, kinds of visits, working hours, visits to come, requests. Invented."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.appointments import booking, changing, outside, schedule
from portal.demo.roster import DOMAIN
from portal.infra.dates import date_in
from portal.infra.errors import Conflict
from portal.infra.ids import new_id
from portal.models import Account, Place, Practitioner, Room, VisitType, WorkingHours
from portal.policy.actors import Actor
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

MAIN = {
    "name": "Main Street clinic",
    "address": "120 Main Street, Springfield, MA 01103",
    "phone": "413-555-0100",
    "directions_en": "Bus 14 stops at the door. Parking is behind the building; the entrance there has no steps.",
    "directions_es": "El autobús 14 para en la puerta. El estacionamiento está detrás del edificio; esa entrada no "
    "tiene escalones.",
    "time_zone": "America/New_York",
    "video_url": "https://video.clinic.example/visit/",
}
RIVER = {
    "name": "Riverside health center",
    "address": "8 River Road, Davenport, IA 52801",
    "phone": "563-555-0140",
    "directions_en": "Beside the library. Ring at the glass door if it is closed.",
    "directions_es": "Junto a la biblioteca. Toque el timbre en la puerta de vidrio si está cerrada.",
    "time_zone": "America/Chicago",
    "video_url": "https://video.clinic.example/visit/",
}
# key, English, Spanish, minutes, pause, online, video, in person, needs a room, forms
KINDS: tuple[Any, ...] = (
    ("follow_up", "Follow-up visit", "Visita de control", 30, 0, True, True, True, False, ["phq"]),
    ("annual", "Annual wellness visit", "Visita anual de bienestar", 45, 15, True, False, True, True, ["phq", "gad"]),
    ("short", "Short question visit", "Consulta breve", 15, 0, True, True, True, False, []),
    ("specialist", "Specialist consult", "Consulta con especialista", 40, 5, True, True, True, False, []),
    ("procedure", "Small procedure", "Procedimiento menor", 60, 15, False, False, True, True, []),
)
# practitioner's name, place, weekdays, opens, closes, kinds
WEEK = (
    ("Dr. Mariam Gleason", "main", (0, 1, 2, 3, 4), 9 * 60, 12 * 60, ("follow_up", "annual", "short", "procedure")),
    ("Dr. Mariam Gleason", "main", (0, 2, 3), 13 * 60, 16 * 60, ("follow_up", "short")),
    ("Dr. Ines Okafor", "main", (1, 3), 9 * 60, 15 * 60, ("specialist",)),
    ("Dr. Kwame Osei", "river", (0, 2, 4), 9 * 60, 14 * 60, ("specialist", "short")),
    ("Dr. Wei Chen", "main", (0, 1, 3), 10 * 60, 15 * 60, ("specialist",)),
    ("Amy Tran, RN", "main", (0, 1, 2, 3, 4), 8 * 60, 11 * 60, ("short",)),
)
LANGUAGES = {"Dr. Mariam Gleason": "es", "Dr. Ines Okafor": "es"}


def write(services: Services) -> None:
    """Set the schedule up, and book some visits through the portal's own use cases."""
    with UnitOfWork.open(services, Actor.system("demo.build"), write=True) as uow:
        if uow.first(select(Place.id)) is not None:
            return
        _set_up(uow)
    outside.occupy(services)
    for login, key, days, agenda in (
        ("margery.gibson", "follow_up", 4, "My potassium, and whether I may drive at night."),
        ("margery.gibson", "specialist", 9, ""),
        ("thanh.mosciski", "short", 2, "My ankles are puffy in the evening."),
        ("mariana.acuna", "annual", 6, ""),
        ("dirk.kuhlman", "follow_up", 1, ""),
    ):
        _book(services, login, key, days, agenda)
    _ask(services, "margery.gibson", "Could I see the dietitian again? Mornings are hard for me.")


def _set_up(uow: UnitOfWork) -> None:
    sites = {"main": Place(**MAIN), "river": Place(**RIVER)}
    kinds = {}
    for key, english, spanish, minutes, pause, online, video, in_person, needs_room, forms in KINDS:
        kinds[key] = VisitType(
            key=key,
            name_en=english,
            name_es=spanish,
            minutes=minutes,
            buffer_minutes=pause,
            is_online=online,
            is_video=video,
            is_in_person=in_person,
            needs_room=needs_room,
            before_en="Bring all your medicines, also the ones without a prescription.",
            before_es="Traiga todos sus medicamentos, también los que compra sin receta.",
            forms=forms,
        )
    for row in (*sites.values(), *kinds.values()):
        uow.add(row)
    uow.flush()
    for name in ("Room 1", "Room 2"):
        uow.add(Room(place_id=sites["main"].id, name=name))
    since = date_in(uow.now, uow.settings.zone) - timedelta(days=60)
    for name, place, weekdays, opens, closes, taken in WEEK:
        who = uow.scalars(select(Practitioner).where(Practitioner.name == name))[0]
        who.languages = LANGUAGES.get(name)
        for weekday in weekdays:
            uow.add(
                _hours(who.id, sites[place].id, weekday, opens, closes, since, [str(kinds[one].id) for one in taken])
            )


def _hours(
    who: UUID, place: UUID, weekday: int, opens: int, closes: int, since: date, types: list[str]
) -> WorkingHours:
    return WorkingHours(
        practitioner_id=who,
        place_id=place,
        weekday=weekday,
        opens=opens,
        closes=closes,
        starts_on=since,
        types=types,
    )


def _actor(services: Services, login: str) -> Actor:
    with services.database.connect() as connection:
        row: Any = connection.execute(
            select(Account.id, Account.person_id, Account.display_name).where(Account.email == f"{login}@{DOMAIN}")
        ).one()
    return Actor("patient", account_id=row.id, person_id=row.person_id, name=row.display_name)


def _book(services: Services, login: str, key: str, days: int, agenda: str) -> None:
    """Book the first open time so many days from now."""
    actor = _actor(services, login)
    assert actor.person_id is not None
    with UnitOfWork.open(services, actor, write=False) as uow:
        kind = next(kind for kind in schedule.visit_types(uow, online_only=True) if kind.key == key)
        first = date_in(uow.now, uow.settings.zone) + timedelta(days=days)
        search = schedule.Search(kind, patient_id=actor.person_id, not_before=uow.now + schedule.AHEAD)
        times = schedule.open_times(uow, search, first, first + timedelta(days=14))
    if not times:
        return
    one = times[0]
    choice = booking.Choice(actor.person_id, kind.id, one.practitioner_id, one.place_id, one.starts_at)
    try:
        with UnitOfWork.open(services, actor, write=True) as uow:
            kept = booking.hold(uow, choice)
        with UnitOfWork.open(services, actor, write=True) as uow:
            booking.confirm(uow, actor.person_id, kept.id, booking.Needs(), agenda)
    except Conflict:
        return


def _ask(services: Services, login: str, text: str) -> None:
    actor = _actor(services, login)
    assert actor.person_id is not None
    with UnitOfWork.open(services, actor, write=True) as uow:
        changing.ask(uow, changing.Ask(actor.person_id, "book", text, new_id(), times="afternoons"))
