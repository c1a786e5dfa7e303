"""The only way in: what a door refuses, what it keeps, what it leaves in the trail."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.app import create_app
from portal.infra.errors import Conflict, NeedsStepUp, NotAllowed, NotFound, TooMany
from portal.models import Account, AuditEvent, Person
from portal.policy.actions import Action
from portal.web.door import DECLARED, Door, register
from tests.support.sessions import open_session


@pytest.fixture
def house(settings, services, monkeypatch):
    """An application with one extra door, and a patient who may sign in."""
    monkeypatch.setattr("portal.web.door.DECLARED", dict(DECLARED))
    app = create_app(settings, services=services)
    door = Door("extra", prefix="/extra")

    @door.get("/asked", may=Action.PEOPLE_PERSON_READ)
    def show_asked(uow):
        uow.load(Action.PEOPLE_PERSON_READ, Person, uow.actor.person_id)
        return "seen"

    @door.get("/forgotten", may=Action.PEOPLE_PERSON_READ)
    def show_forgotten(uow):
        return "never asked"

    @door.post("/change/<int:status>", may=Action.MESSAGE_THREAD_CREATE)
    def change(uow, status):
        uow.require(Action.MESSAGE_THREAD_CREATE, patient=uow.actor.person_id)
        person = uow.load(Action.PEOPLE_PERSON_READ, Person, uow.actor.person_id)
        person.pronouns = "they"
        uow.audit(Action.MESSAGE_THREAD_CREATE, person)
        return "done", status

    @door.get("/raise/<name>", may=Action.PEOPLE_PERSON_READ)
    def raise_error(uow, name):
        raise {
            "missing": NotFound(),
            "forbidden": NotAllowed(),
            "late": Conflict(),
            "often": TooMany(),
            "again": NeedsStepUp(),
            "bug": ValueError("Zyxxquar"),
        }[name]

    register(app, door)
    return app


@pytest.fixture
def account(services):
    with services.database.session(write=True) as session:
        person = Person(given_name="Ada", family_name="Case")
        session.add(person)
        session.flush()
        account = Account(display_name="Ada", person_id=person.id, created_at=services.clock.now())
        session.add(account)
        session.commit()
        return account


@pytest.fixture
def visit(house, account, settings):
    """A bare test client, signed in."""
    client = house.test_client()
    name, _, value = open_session(house, account.id, settings.base_url).split(";")[0].partition("=")
    client.set_cookie(name, value, domain="localhost")
    return client


def trail(services):
    with services.database.connect() as connection:
        return connection.execute(select(AuditEvent.action, AuditEvent.outcome).order_by(AuditEvent.id)).all()


def test_a_get_can_not_carry_a_write_and_a_post_can_not_carry_a_read():
    door = Door("wrong")
    with pytest.raises(ValueError, match="can't hang on a GET"):
        door.get("/x", may=Action.MESSAGE_THREAD_CREATE)
    with pytest.raises(ValueError, match="can't hang on a POST"):
        door.post("/x", may=Action.RESULT_READ)
    assert not hasattr(door, "route")


def test_a_door_needs_an_action():
    with pytest.raises(TypeError):
        Door("wrong").get("/x")


def test_a_visitor_is_sent_to_sign_in_and_comes_back_to_where_they_were(house):
    answer = house.test_client().get("/extra/asked?page=2")
    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=%2Fextra%2Fasked%3Fpage%3D2"


def test_a_fragment_never_becomes_a_sign_in_page(house):
    answer = house.test_client().get("/extra/asked", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith("/sign-in?next=")
    assert answer.data == b""


def test_a_look_is_in_the_trail_before_the_page_is_sent(visit, services):
    assert visit.get("/extra/asked").status_code == 200
    assert ("people:person:read", "done") in [tuple(row) for row in trail(services)]


def test_nothing_is_shown_when_the_trail_can_not_be_written(visit, house, monkeypatch):
    from sqlalchemy.exc import OperationalError

    def broken(*_args, **_more):
        raise OperationalError("insert", {}, Exception("disk full"))

    monkeypatch.setattr("portal.work.audit.rows", broken)
    answer = visit.get("/extra/asked")
    assert answer.status_code == 503
    assert b"seen" not in answer.data


def test_a_route_that_forgets_to_ask_about_its_action_shows_nothing(visit):
    answer = visit.get("/extra/forgotten")
    assert answer.status_code == 500
    assert b"never asked" not in answer.data


@pytest.mark.parametrize(("status", "kept"), [(200, True), (303, True), (422, False)])
def test_a_change_is_kept_only_when_the_answer_says_so(house, visit, services, account, status, kept):
    house.config["WTF_CSRF_ENABLED"] = False
    visit.post(f"/extra/change/{status}")
    with services.database.connect() as connection:
        found = connection.execute(select(Person.pronouns).where(Person.id == account.person_id)).scalar()
    assert (found == "they") is kept
    assert ("people:person:read", "done") in [tuple(row) for row in trail(services)]


def test_a_form_without_its_token_is_refused(visit):
    assert visit.post("/extra/change/200").status_code == 400


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}]
)
def test_a_form_of_another_site_is_refused(house, visit, headers):
    house.config["WTF_CSRF_ENABLED"] = False
    assert visit.post("/extra/change/200", headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("name", "status"), [("missing", 404), ("forbidden", 403), ("late", 409), ("often", 429), ("bug", 500)]
)
def test_each_refusal_is_a_page_with_a_way_out_and_no_secrets(house, visit, name, status):
    answer = visit.get(f"/extra/raise/{name}")
    assert answer.status_code == status
    assert b"<h1" in answer.data
    assert b"Zyxxquar" not in answer.data
    assert b"Traceback" not in answer.data
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_needs_a_fresh_factor_asks_for_it_and_comes_back(visit):
    answer = visit.get("/extra/raise/again")
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in?next=%2Fextra%2Fraise%2Fagain&again=1")


def test_an_unknown_address_and_a_wrong_method_look_the_same(visit):
    assert visit.get(f"/people/{uuid4()}/nothing").status_code == 404
    assert visit.put("/extra/asked").status_code in (400, 404)


def test_a_host_that_is_not_ours_is_refused(house):
    assert house.test_client().get("/extra/asked", headers={"Host": "evil.example"}).status_code == 400
