"""Who may do what with which conversation: every cell of a table that was written by hand, over real requests.

`who_may.csv` has a row for each person and conversation and a column for each act; `-` is an act that this kind of
person has no door for. The world is built once; after a request that changed something it is put back.
"""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import select

from portal.app import create_app
from portal.infra.clock import FrozenClock
from portal.infra.settings import Settings
from portal.messaging import attachments, service
from portal.messaging.deciding import Ask, plan
from portal.messaging.files import Upload
from portal.models import Attachment, Message, PoolMember, Relationship, RelationshipScope, Thread, ThreadUnread
from portal.policy.vocabulary import CHILD_BASIC, SCOPES, stored
from portal.work.services import Services
from tests.conftest import NOW
from tests.factories.people import actor_for, made, make_caregiver
from tests.messaging.world import World
from tests.support.databases import leave_wal
from tests.support.html import parse
from tests.support.page import PageClient
from tests.support.sessions import sign_in

TABLE = Path(__file__).with_name("who_may.csv")
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
WORD = "bananas"
FAMILY = ("list", "open", "search", "pdf", "file", "reply", "correct", "take_back", "desk", "pass_on", "hold")
DESK = ("list", "open", "file", "reply", "note", "take", "pass_on", "close", "reopen", "house")
CHANGES = {"reply", "correct", "take_back", "hold", "note", "take", "close", "reopen"}
PRIVATE = [f"sensitive:{code}" for code in ("HIV", "STD", "SEX", "PSY", "ETH", "GDIS")]
STAFF = ("doctor", "pcp", "cover", "nurse", "manager", "clerk", "outsider")

# What each conversation is, beside a question of the patient about a result with its doctor.
THREADS: dict[str, dict[str, Any]] = {
    "plain": {},
    "hidden": {"is_hidden_from_liaison": True},
    "sexual_health": {"sensitivity": "sexual_health"},
    "mental_health": {"sensitivity": "mental_health"},
    "substance_use": {"sensitivity": "substance_use"},
    "abuse": {"sensitivity": "abuse"},
    "not_readable": {"is_liaison_readable": False},  # it was private when it was written
    "closed": {"state": "closed"},
    "team_pool": {"owner": "pool"},
    "held": {"owner": "liaison"},  # the patient's own, first with the liaison
    "letter": {"owner": "liaison", "author": "doctor", "author_role": "provider", "scope": None},
    "family_question": {"owner": "liaison", "author": "relative", "author_role": "family_other", "scope": None,
                        "is_liaison_readable": False},
    "restricted": {"author": "proxy", "author_role": "liaison", "is_restricted_reply": True,
                   "is_liaison_readable": False},
}  # fmt: skip


@dataclass
class House:
    """A world with its conversations, and what each person has asked of it so far."""

    world: World
    app: Any
    path: Path
    saved: Path
    threads: dict[str, UUID] = field(default_factory=dict)
    messages: dict[str, UUID] = field(default_factory=dict)
    files: dict[str, UUID] = field(default_factory=dict)
    browsers: dict[str, PageClient] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    seen: dict[tuple[str, str], str] = field(default_factory=dict)

    def put_back(self) -> None:
        self.world.services.database.dispose()
        shutil.copyfile(self.saved, self.path)
        for extra in ("-wal", "-shm"):
            self.path.with_name(self.path.name + extra).unlink(missing_ok=True)

    def keep(self) -> None:
        self.world.services.database.dispose()
        leave_wal(self.path)
        shutil.copyfile(self.path, self.saved)


def build(folder: Path, databases: Any, compiled: Path) -> House:
    folder.mkdir(parents=True)
    settings = Settings(
        database_url=databases.new(folder), environment="test", data_dir=folder / "var", base_url="http://localhost",
        worker="separate", argon2_memory_kib=8, argon2_time=1,
    )  # fmt: skip
    services = Services.build(settings, FrozenClock(NOW))
    app = create_app(settings, services=services)
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(compiled))
    world = World(services)
    return House(world, app, folder / "portal.sqlite3", folder / "saved.sqlite3")


def add_people(house: House, *, narrow: bool) -> None:
    """Everybody around: in the narrow world the liaison sees visits alone and is away, and the backup acts."""
    world, now = house.world, NOW
    with made(world.services) as session:
        patient = session.merge(world.patient)

        def join(name: str, kind: str, scopes: Any, **more: Any) -> None:
            account, held = make_caregiver(session, patient, kind=kind, name=name.title(), scopes=scopes, **more)
            world.accounts[name], world.actors[name] = account, actor_for(session, account)
            house.messages[f"held {name}"] = held.id

        session.query(RelationshipScope).filter_by(relationship_id=world.held_id).delete()
        liaison = ["appointments_view", "messages_send", "care_plan_view"]
        if not narrow:
            liaison = [*SCOPES, *PRIVATE]
        for scope in sorted(stored(liaison)):
            session.add(RelationshipScope(patient_id=patient.id, relationship_id=world.held_id, scope=scope))
        world.accounts["relative"], world.actors["relative"] = world.accounts["family"], world.actors["family"]
        join("relative2", "family", ())
        join("proxy", "proxy", ["messages_read", "messages_send", "appointments_view", "record_basic"])
        if narrow:
            held = session.get(Relationship, world.held_id)
            assert held is not None
            held.away_until = now + timedelta(days=4)
            join("backup", "backup", ["appointments_view"])
        else:
            join("backup", "backup", [*SCOPES, *PRIVATE])
            join("former", "proxy", [*SCOPES, *PRIVATE], state="revoked", ended_at=now)
            join("representative", "representative", SCOPES)
            later, past = now + timedelta(days=300), now - timedelta(days=300)
            until = now + timedelta(days=3000)
            join("parent", "parent", [*SCOPES, CHILD_BASIC], narrows_at=later, ends_at=until)
            join("parent_of_teen", "parent", [*SCOPES, CHILD_BASIC], narrows_at=past, ends_at=until)
        session.add(PoolMember(pool_id=world.desk_id, practitioner_id=world.staff["outsider"].id))
    world.away("doctor", "cover")


def write_threads(house: House, *, narrow: bool) -> None:
    """Each conversation is asked through the portal, with a file, and then made what it is called."""
    world = house.world
    owner_id = house.messages["held backup"] if narrow else world.held_id
    for name, traits in THREADS.items():
        traits = dict(traits)
        author = traits.pop("author", "patient")
        once = uuid4()
        writer = "patient" if author == "doctor" else author
        with world.open(writer) as uow:
            assert attachments.add(uow, world.person_id, once, [Upload("leaflet.pdf", PDF)]) == []
            ask = Ask(world.person_id, f"My potassium came back 5.6. Can I still eat {WORD}?", once)
            thread_id = service.ask_question(uow, ask, seen=plan(uow, ask).mark).thread_id
        assert thread_id is not None
        owner = traits.pop("owner", "doctor")
        with made(world.services) as session:
            thread = session.get(Thread, thread_id)
            assert thread is not None
            thread.owner_practitioner_id = thread.owner_pool_id = thread.owner_relationship_id = None
            if owner == "doctor":
                thread.owner_practitioner_id = world.staff["doctor"].id
            elif owner == "pool":
                thread.owner_pool_id = world.pool_id
            else:
                thread.owner_relationship_id = owner_id
            thread.scope, thread.topic, thread.is_liaison_readable = "results", "test_result", True
            thread.is_restricted_reply, thread.state, thread.destination = False, "open", "named_provider:x"
            thread.author_id = world.accounts[author].id
            for key, value in traits.items():
                setattr(thread, key, value)
            first = session.scalars(select(Message).where(Message.thread_id == thread_id)).first()
            assert first is not None
            first.author_id, first.author_role = thread.author_id, thread.author_role
            house.messages[name] = first.id
            house.files[name] = session.scalars(select(Attachment.id).where(Attachment.thread_id == thread_id)).one()
        house.threads[name] = thread_id


def mark_unread(house: House) -> None:
    """Everything is new to everybody: also to those who may not know of it, so that a count that leaks is seen."""
    world = house.world
    with made(world.services) as session:
        there = {(row.thread_id, row.account_id) for row in session.scalars(select(ThreadUnread))}
        for thread_id in house.threads.values():
            for account in world.accounts.values():
                if (thread_id, account.id) not in there:
                    there.add((thread_id, account.id))
                    session.add(
                        ThreadUnread(patient_id=world.person_id, thread_id=thread_id, account_id=account.id, since=NOW)
                    )


@pytest.fixture(scope="module")
def houses(shared_folder: Path, _sqlite_databases: Any) -> Iterator[dict[str, House]]:
    compiled = shared_folder / "templates"
    compiled.mkdir(exist_ok=True)
    made_here = {}
    for kind in ("full", "narrow"):
        house = build(Path(tempfile.mkdtemp(dir=shared_folder)) / kind, _sqlite_databases, compiled)
        add_people(house, narrow=kind == "narrow")
        write_threads(house, narrow=kind == "narrow")
        mark_unread(house)
        for who, account in house.world.accounts.items():
            browser = PageClient(house.app, "http://localhost", sign_in)
            sign_in(browser, account)
            house.browsers[who] = browser
            house.tokens[who] = browser.csrf_token("/profile")
        house.keep()
        made_here[kind] = house
    yield made_here
    for house in made_here.values():
        house.world.services.database.dispose()


# One act ------------------------------------------------------------------------------------------------------------


def address(house: House, who: str, act: str, name: str) -> str:
    thread, person = house.threads[name], house.world.person_id
    mine, desk = f"/people/{person}/messages/{thread}", f"/desk/inbox/{thread}"
    question, message, file = f"/people/{person}/questions/{thread}", house.messages[name], house.files[name]
    if who in STAFF or who == "admin":
        return {
            "open": desk, "file": f"{desk}/files/{file}", "reply": f"{desk}/replies", "note": f"{desk}/notes",
            "take": f"{desk}/take", "pass_on": f"{desk}/pass-on", "close": f"{desk}/close",
            "reopen": f"{desk}/reopen", "house": mine,
        }[act]  # fmt: skip
    return {
        "open": mine, "pdf": f"{mine}/pdf", "file": f"{mine}/files/{file}", "reply": f"{mine}/replies",
        "correct": f"{mine}/written/{message}", "take_back": f"{mine}/written/{message}/retract",
        "desk": desk, "pass_on": f"{question}/pass-on", "hold": f"{question}/hold",
    }[act]  # fmt: skip


def typed(house: House, act: str, name: str) -> dict[str, Any]:
    with made(house.world.services) as session:
        thread = session.get(Thread, house.threads[name])
        assert thread is not None
        version = thread.version
    return {
        "reply": "Thank you, and what about rice?", "note": "Called her at noon.", "once": str(uuid4()),
        "version": version, "until": (date(2026, 3, 10) + timedelta(days=3)).isoformat(), "outcome": "no_action",
        "seen": "emergency",
    }  # fmt: skip


def listed(house: House, who: str, how: str) -> str:
    """All that the lists (or the search) of a person show, fetched once: what is in them is in it."""
    known = house.seen.get((who, how))
    if known is not None:
        return known
    browser, person = house.browsers[who], house.world.person_id
    if who in STAFF or who == "admin":
        pages = [get(browser, f"/desk/inbox?view={view}") for view in ("all-open", "waiting", "done")]
    elif how == "search":
        data = {"words": WORD, "csrf_token": house.tokens[who]}
        pages = [post(browser, f"/people/{person}/messages/search", data)]
    else:
        pages = [get(browser, f"/people/{person}/messages")]
    found = "".join(page.get_data(as_text=True) for page in pages)
    house.seen[who, how] = found
    return found


def get(browser: PageClient, url: str) -> Any:
    return browser.http.get(url, base_url=browser.base_url)


def post(browser: PageClient, url: str, data: dict[str, Any]) -> Any:
    return browser.http.post(url, base_url=browser.base_url, data=data, headers={"Origin": browser.base_url})


def done(house: House, who: str, act: str, name: str) -> str:
    """What the portal answers: a status, or whether a list shows it."""
    if act in ("list", "search"):
        return "yes" if str(house.threads[name]) in listed(house, who, act) else "no"
    url, browser = address(house, who, act, name), house.browsers[who]
    if act not in CHANGES:
        return str(get(browser, url).status_code)
    answer = post(browser, url, {**typed(house, act, name), "csrf_token": house.tokens[who]})
    if answer.status_code < 400:
        house.put_back()
    return str(answer.status_code)


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    "row", rows() if TABLE.exists() else [], ids=lambda row: f"{row['world']}-{row['who']}-{row['thread']}"
)
def test_each_cell_of_the_table(houses: dict[str, House], row: dict[str, str]) -> None:
    house = houses[row["world"]]
    wanted = {act: code for act, code in row.items() if act in (*FAMILY, *DESK) and code != "-"}
    assert wanted
    assert {act: done(house, row["who"], act, row["thread"]) for act in wanted} == wanted


def people() -> list[tuple[str, str]]:
    return list(dict.fromkeys((row["world"], row["who"]) for row in rows()))


@pytest.mark.parametrize(("world", "who"), people())
def test_what_is_counted_is_what_is_listed(houses: dict[str, House], world: str, who: str) -> None:
    """The badge beside Messages (at the desk, beside the inbox) counts what the table lists, and not one more."""
    house = houses[world]
    house.put_back()  # what others opened here is new again
    mine = [row for row in rows() if (row["world"], row["who"]) == (world, who) and row["list"] == "yes"]
    at_desk = who in STAFF
    if at_desk:
        mine = [row for row in mine if row["thread"] != "closed"]  # nothing waits in it
    start = "/profile" if who in ("admin", "stranger", "former") else f"/people/{house.world.person_id}/messages"
    answer = get(house.browsers[who], "/desk/inbox" if at_desk else start)
    assert answer.status_code == 200
    root = parse(answer.get_data(as_text=True))[0]
    room = "/desk/inbox" if at_desk else f"/people/{house.world.person_id}/messages"
    badges = [link.select(".count") for link in root.select("nav.side a") if link.get("href") == room]
    shown = int(badges[0][0].text.split()[0]) if badges and badges[0] else 0
    assert shown == len(mine)
