"""A patient at home: who is asked, what they accept, and what is stored of it."""

from __future__ import annotations

import re
from typing import Any

from portal.models import Relationship, RelationshipScope
from tests.factories.people import account_of, made, make_account, make_patient
from tests.factories.record import make_medicine, make_report, make_result
from tests.support.page import PageClient


class House:
    """A patient, their account and somebody to ask."""

    def __init__(self, services: Any, client: PageClient) -> None:
        self.services, self.client = services, client
        with made(services) as session:
            self.patient = make_patient(session)
            self.account = account_of(session, self.patient)
            self.friend = make_account(session, "Rosa Friend")
            make_report(session, self.patient)
            make_result(session, self.patient)
            make_medicine(session, self.patient)
        self.own = client.as_(self.account)
        self.theirs = client.as_(self.friend)

    def url(self, rest: str = "") -> str:
        return f"/people/{self.patient.id}/family-access{rest}"

    def begin(self, **fields: Any) -> Any:
        data = {"name": "Rosa Friend", "relation": "Friend", "kind": "proxy", "preset": "view", **fields}
        return self.own.follow(self.own.get(self.url("/invite")).submit(data))

    def invite(self, *, rights: dict[str, Any] | None = None, signed: list[str] | None = None, **fields: Any) -> str:
        """The code of an invitation that was sent."""
        page = self.own.follow(self.begin(**fields).submit(rights or {}))
        sent = page.submit({"signed": signed} if signed else {}, status=200)
        found = re.search(r"[A-Z2-9]{4}(-[A-Z2-9]{4}){4}", sent.text)
        assert found
        return found.group().replace("-", "")

    def accept(self, code: str, browser: PageClient | None = None, status: int = 303, **fields: Any) -> Any:
        page = (browser or self.theirs).get(f"/access/{code}")
        ticked = {name: "y" for name, value in {"knows_duties": True, **fields}.items() if value}
        return page.submit(ticked, form=f"/access/{code}/accept", status=status)

    def all(self, model: Any, **values: Any) -> list[Any]:
        with made(self.services) as session:
            return list(session.query(model).filter_by(patient_id=self.patient.id, **values))

    def held(self, **values: Any) -> Relationship:
        found = self.all(Relationship, **values)
        assert len(found) == 1
        return found[0]

    def scopes(self) -> set[str]:
        return {row.scope for row in self.all(RelationshipScope)}
