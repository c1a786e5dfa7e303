"""How some people of the demo clinic want to be told, so that each way is to be seen. Invented."""

from __future__ import annotations

from sqlalchemy import select

from portal.demo.roster import DOMAIN
from portal.models import Account
from portal.notifications.choices import save
from portal.notifications.kinds import TOPICS_OF
from portal.notifications.rules import Timing
from portal.policy.actors import Actor
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

# login, timing, what is switched off
CHOSEN: tuple[tuple[str, Timing, frozenset[tuple[str, str]]], ...] = (
    ("margery.gibson", Timing(quiet_from=21 * 60, quiet_until=7 * 60), frozenset({("self", "sharing")})),
    ("rosa.tate", Timing(digest="daily"), frozenset({("caregiver", "results")})),
    ("carl.gibson", Timing(digest="weekly"), frozenset({("caregiver", "visits")})),
    ("amy.tran", Timing(quiet_from=None, quiet_until=None), frozenset()),
)


def write(services: Services) -> None:
    """Keep what each of them chose, as if they had sent the form."""
    for login, timing, off in CHOSEN:
        on = [
            (role, topic, "email") for role, topics in TOPICS_OF.items() for topic in topics if (role, topic) not in off
        ]
        with UnitOfWork.open(services, _actor(services, login), write=True) as uow:
            save(uow, timing, on, ["email"])


def _actor(services: Services, login: str) -> Actor:
    statement = select(Account.id, Account.person_id, Account.practitioner_id, Account.display_name)
    with services.database.connect() as connection:
        row = connection.execute(statement.where(Account.email == f"{login}@{DOMAIN}")).one()
    kind = "staff" if row.practitioner_id else "patient" if row.person_id else "caregiver"
    return Actor(
        kind,
        account_id=row.id,
        person_id=row.person_id,
        practitioner_id=row.practitioner_id,
        name=row.display_name,
    )
