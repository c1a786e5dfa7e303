"""An administrator reads what was given up, has it tried again or drops it; nobody else knows the page exists."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.models import AuditEvent, BackupRun, Job
from tests.factories.people import made, make_account


@pytest.fixture
def admin(client, services):
    with made(services) as session:
        account = make_account(session, "Ada Administrator", is_admin=True)
    return client.as_(account)


@pytest.fixture
def job(services):
    now = services.clock.now()
    with made(services) as session:
        session.add(
            Job(
                kind="notifications.send",
                subject=str(uuid4()),
                run_at=now,
                state="dead",
                attempts=10,
                error="mail",
                created_at=now,
                finished_at=now,
            )
        )
    with made(services) as session:
        return session.scalars(select(Job)).one().id


def state(services, job):
    with made(services) as session:
        return session.get(Job, job).state


def test_a_job_that_was_given_up_is_read_and_tried_again(admin, services, job):
    page = admin.get("/admin/jobs")
    assert "notifications.send" in page.text and "mail" in page.text
    page.submit(form=f"/admin/jobs/{job}/retry")
    assert state(services, job) == "ready"
    with made(services) as session:
        reasons = session.scalars(select(AuditEvent.reason).where(AuditEvent.action == "admin:job:update")).all()
    assert list(reasons) == ["retry"]


def test_a_job_that_was_given_up_is_dropped_once(admin, services, job):
    page = admin.get("/admin/jobs")
    page.submit(form=f"/admin/jobs/{job}/drop")
    assert state(services, job) == "done"
    page.submit(form=f"/admin/jobs/{job}/retry")
    assert state(services, job) == "done"
    assert "Nothing was given up" in admin.get("/admin/jobs").text


def test_for_others_the_page_does_not_exist(client, services, job):
    with made(services) as session:
        account = make_account(session, "Somebody")
    somebody = client.as_(account)
    assert somebody.get("/admin/jobs", status=404)
    assert state(services, job) == "dead"


def test_an_administrator_sees_when_the_last_backup_was_made(admin, services, clock):
    assert "No backup was made yet" in admin.get("/admin/jobs").text
    now = services.clock.now()
    with made(services) as session:
        session.add(BackupRun(started_at=now, finished_at=now, bytes=1, key_name="0" * 16))
    page = admin.get("/admin/jobs")
    assert "Last backup:" in page.text and "no backup of the last day" not in page.text
    with made(services) as session:
        for run in session.scalars(select(BackupRun)):
            run.started_at -= timedelta(hours=26)
    assert "There is no backup of the last day" in admin.get("/admin/jobs").text
