"""The binder sent ahead to a visit: what it says, who opens it, and the receipt."""

from __future__ import annotations

from portal.models import BinderPacket, BinderShare, Delivery, Task
from portal.work.services import Services
from tests.binder.conftest import World
from tests.factories.people import made
from tests.support.page import PageClient


def send(client: PageClient, world: World) -> str:
    """Send it ahead through its page; returns the address of what was sent."""
    browser = client.as_(world.patient)
    page = browser.get(f"{world.home}/visits/{world.visit}")
    page.submit({}, form=f"/visits/{world.visit}")
    return browser.get(world.home + "/visits").link(starts(browser, world)).href


def starts(browser: PageClient, world: World) -> str:
    return next(
        link.text for link in browser.get(world.home + "/visits").links if link.text.startswith("See what was sent")
    )


def test_the_binder_is_sent_ahead_and_the_patient_is_told_who_opened_it(
    client: PageClient, world: World, services: Services
) -> None:
    browser = client.as_(world.patient)
    browser.get(f"/people/{world.person}/appointments/{world.visit}/words").submit(
        {"agenda": "My knee hurts", "companion": "My sister"}
    )
    href = send(client, world)
    assert "not opened yet" in browser.get(world.home + "/visits").text
    page = client.as_(world.doctor).get(href)
    assert "My knee hurts" in page.text and "My sister" in page.text and "Lisinopril" in page.text
    assert "Opened by" in browser.get(world.home + "/visits").text
    with made(services) as s:
        assert s.query(Task).one().state == "done"
        assert [one.kind for one in s.query(Delivery)] == ["binder_opened"]
    client.as_(world.doctor).get(href)
    with made(services) as s:
        assert s.query(Delivery).count() == 1


def test_what_was_sent_stays_as_it_was(client: PageClient, world: World, services: Services) -> None:
    href = send(client, world)
    with made(services) as s:
        from portal.models import Medication

        s.get(Medication, world.medicine).name = "Something else"  # type: ignore[union-attr]
        assert s.query(BinderPacket).one().content.find(b"Lisinopril") == -1  # sealed
    assert "Lisinopril" in client.as_(world.doctor).get(href).text


def test_what_was_taken_back_is_gone(client: PageClient, world: World, services: Services) -> None:
    href = send(client, world)
    client.as_(world.patient).get(href).submit({}, form="/take-back")
    client.as_(world.doctor).get(href, status=404)
    with made(services) as s:
        assert s.query(Task).one().state == "done"


def test_sent_twice_it_is_one_and_a_new_one_replaces_the_old(
    client: PageClient, world: World, services: Services
) -> None:
    browser = client.as_(world.patient)
    page = browser.get(f"{world.home}/visits/{world.visit}")
    page.submit({}, form=f"/visits/{world.visit}")
    page.submit({}, form=f"/visits/{world.visit}")
    with made(services) as s:
        assert s.query(BinderPacket).count() == 1
    send(client, world)
    with made(services) as s:
        assert [one.withdrawn_at is None for one in s.query(BinderPacket).order_by(BinderPacket.sent_at)].count(
            True
        ) == 1


def test_strangers_and_the_front_desk_see_nothing_of_it(client: PageClient, world: World) -> None:
    href = send(client, world)
    for who in (world.stranger, world.desk, world.helper):
        client.as_(who).get(href, status=404)
    client.as_(world.narrow).get(world.home + "/visits", status=403)
    client.as_(world.doctor).post(f"{world.home}/visits/{world.visit}", {}, status=403, csrf="/desk/inbox")


def test_a_link_for_a_visit_elsewhere_works_for_72_hours_and_takes_answers(
    client: PageClient, world: World, services: Services
) -> None:
    browser = client.as_(world.patient)
    page = browser.get(world.home + "/visits")
    form = next(form for form in page.forms if form.action.endswith("/link"))
    shown = browser.follow(page.submit({}, form=form.action))
    assert "shlink:/" in shown.text
    with made(services) as s:
        share = s.query(BinderShare).one()
        assert (share.expires_at - share.made_at).total_seconds() == 72 * 3600
        assert share.takes_replies and share.appointment_id is not None and len(share.sections) == 16
