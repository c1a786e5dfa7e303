"""Where resources wait between reading and storing, sorted by patient, so that memory stays flat.

A private file in the data folder. Everything in it is encrypted with a key that lives in this process only, and
names in it are keyed hashes: what a killed run leaves behind is noise, and the next run removes it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import sqlite3
import uuid
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PREFIX: Final = "import-"
NEW, CHANGED, UNCHANGED, LEFT = 0, 1, 2, 9

_SCHEMA = """
CREATE TABLE entry (
  seq INTEGER PRIMARY KEY, file INT, place TEXT, type TEXT, rank INT, key BLOB, alias BLOB, patient BLOB, via BLOB,
  row_id BLOB, hash BLOB, state INT, version INT, practitioner BLOB, report BLOB, orderer BLOB, body BLOB);
CREATE TABLE also (token BLOB, key BLOB);
CREATE TABLE known (key BLOB PRIMARY KEY, row_id BLOB, version INT, hash BLOB, type TEXT) WITHOUT ROWID;
"""
_INSERT = "INSERT INTO entry VALUES (NULL,?,?,?,?,?,?,?,?,?,?,0,1,NULL,NULL,NULL,?)"
_LATER_TWINS = """
  FROM entry e JOIN (SELECT patient, key, max(seq) last FROM entry WHERE state=0 GROUP BY patient, key
  HAVING count(*)>1) d ON e.key=d.key AND e.patient IS d.patient AND e.seq<d.last JOIN entry l ON l.seq=d.last
"""


@dataclass(slots=True)
class Spooled:
    """A waiting resource. `key` is `Type/id`; `state` says how it compares with what is known."""

    seq: int
    file: int
    place: str
    type: str
    row_id: uuid.UUID
    state: int
    version: int
    hash: bytes
    report: uuid.UUID | None
    orderer: uuid.UUID | None
    key: str
    base: str
    packed: bytes

    @property
    def text(self) -> str:
        """The original, compact JSON."""
        return zlib.decompress(self.packed).decode()


@dataclass(slots=True)
class Target:
    """What a reference leads to: a row of ours."""

    type: str
    row_id: uuid.UUID
    practitioner: uuid.UUID | None = None
    is_other_patients: bool = False
    is_stored: bool = True  # not in a rehearsal, where nobody new can be pointed to


class Spool:
    """Use as a context manager: the file is gone afterwards, whatever happened."""

    def __init__(self, folder: Path, namespace: str = "") -> None:
        """`namespace` stands before the names of what is stored (`interop.namespaces`); in here, names are bare."""
        self.namespace = namespace
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        sweep(folder)
        self._path = folder / f"{PREFIX}{secrets.token_hex(8)}.spool"
        self._lock = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._key = secrets.token_bytes(32)
        self._cipher = AESGCM(AESGCM.generate_key(256))
        self._count = 0
        self._waiting: list[tuple[Any, ...]] = []
        self.db = sqlite3.connect(self._path, isolation_level=None)
        # A spool needs no safety: it is thrown away. `temp_store` stays in memory-safe default: files are unlinked.
        self.db.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE; PRAGMA cache_size=-8000;"
            "PRAGMA temp_store=FILE; BEGIN;" + _SCHEMA
        )

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self.db.close()
        self._path.unlink(missing_ok=True)
        os.close(self._lock)

    def hashed(self, token: str) -> bytes:
        return hashlib.blake2b(token.encode(), digest_size=12, key=self._key).digest()

    # Filling

    def add(
        self,
        *,
        file: int,
        place: str,
        resource_type: str,
        rank: int,
        key: str,
        alias: str | None,
        base: str,
        patient: str | None,
        via: str | None,
        text: str,
    ) -> None:
        """Put a resource in; `text` is its compact JSON."""
        plain = text.encode()
        self._count += 1
        nonce = self._count.to_bytes(12, "big")
        payload = f"{key}\n{base}\n".encode() + zlib.compress(plain, 1)
        hashed = self.hashed
        self._waiting.append(
            (
                file, place, resource_type, rank, hashed(key), hashed(alias) if alias else None,
                hashed(patient) if patient else None, hashed(via) if via else None, uuid.uuid4().bytes,
                hashlib.sha256(plain).digest(), nonce + self._cipher.encrypt(nonce, payload, None),
            )
        )  # fmt: skip
        if len(self._waiting) >= 500:
            self._flush()

    def call_also(self, token: str, key: str) -> None:
        """Let `token` (an identifier, or an urn that differs from the id) lead to the resource `key`."""
        self.db.execute("INSERT INTO also VALUES (?,?)", (self.hashed(token), self.hashed(key)))

    def forget_file(self, file: int) -> int:
        """Take back what was read of a file that turned out to be broken."""
        self._flush()
        return self.db.execute("DELETE FROM entry WHERE file=?", (file,)).rowcount

    def _flush(self) -> None:
        self.db.executemany(_INSERT, self._waiting)
        self._waiting = []

    # Sorting

    def sort(self) -> None:
        """Bring patients together. Call once, after everything was read."""
        self._flush()
        run = self.db.execute
        run("CREATE INDEX entry_key ON entry(key)")
        run("CREATE INDEX entry_alias ON entry(alias) WHERE alias IS NOT NULL")
        run("CREATE INDEX also_token ON also(token)")
        # A patient may be named by an identifier, or by an urn that is not the id.
        run(
            "UPDATE entry SET patient=(SELECT a.key FROM also a WHERE a.token=entry.patient)"
            " WHERE patient IN (SELECT a.token FROM also a JOIN entry p ON p.key=a.key AND p.type='Patient')"
        )
        for column in ("key", "alias"):
            run(
                f"UPDATE entry SET patient=(SELECT t.patient FROM entry t WHERE t.{column}=entry.via LIMIT 1)"  # noqa: S608
                " WHERE patient IS NULL AND via IS NOT NULL"
            )
        run("CREATE INDEX entry_patient ON entry(patient, rank, seq)")

    def patient_twins(self) -> Iterator[tuple[bytes, list[Spooled]]]:
        """Patients whose Patient resource stands in the input more than once with different content: the patient's
        mark, and the resources. They may be one human, or two systems that count alike."""
        several = "SELECT key FROM entry WHERE type='Patient' AND state=0 GROUP BY key HAVING count(DISTINCT hash)>1"
        for (mark,) in self.db.execute(several).fetchall():
            where = "key=? AND type='Patient'"
            yield mark, [each for chunk in self.chunks(where, (mark,), 50) for each in chunk]

    def leave(self, mark: bytes) -> None:
        """Leave out everything of a patient."""
        self.db.execute(f"UPDATE entry SET state={LEFT} WHERE patient=?", (mark,))  # noqa: S608

    def twins(self) -> Iterator[tuple[int, str, str, bool, bool]]:
        """Resources that stand in the input again later: (file, place, type, same file, same content). They are left
        out; the last one stays."""
        question = f"SELECT e.file, e.place, e.type, e.file=l.file, e.hash=l.hash {_LATER_TWINS}"
        for file, place, kind, same_file, same in self.db.execute(question):
            yield file, place, kind, bool(same_file), bool(same)
        self.db.execute(f"UPDATE entry SET state={LEFT} WHERE seq IN (SELECT e.seq {_LATER_TWINS})")  # noqa: S608

    def strays(self) -> Iterator[tuple[int, str, str]]:
        """Resources that should name a patient and lead to none."""
        yield from self.db.execute("SELECT file, place, type FROM entry WHERE patient IS NULL AND rank<100 AND state=0")

    def patients(self) -> int:
        """List the patients, in the order in which they were met; returns how many."""
        self.db.execute(
            "CREATE TABLE people AS SELECT patient, min(seq) first, count(*) n FROM entry"
            " WHERE patient IS NOT NULL AND state=0 GROUP BY patient ORDER BY first"
        )
        return int(self.db.execute("SELECT count(*) FROM people").fetchone()[0])

    def patient(self, number: int) -> tuple[bytes, int]:
        """The patient's mark and how many resources wait, for a number from 1."""
        mark, count = self.db.execute("SELECT patient, n FROM people WHERE rowid=?", (number,)).fetchone()
        return mark, count

    # Taking out

    def chunks(self, where: str, values: Sequence[Any], size: int) -> Iterator[list[Spooled]]:
        """The waiting resources in order of rank and place, `size` at a time. Rows may be changed meanwhile."""
        last = (-1, -1)
        while True:
            rows = self.db.execute(
                "SELECT rank, seq, file, place, type, row_id, state, version, hash, report, orderer, body FROM entry"  # noqa: S608
                f" WHERE {where} AND (rank, seq) > (?, ?) ORDER BY rank, seq LIMIT ?",
                (*values, *last, size),
            ).fetchall()
            if not rows:
                return
            last = (rows[-1][0], rows[-1][1])
            yield [self._spooled(row) for row in rows]

    def _spooled(self, row: Sequence[Any]) -> Spooled:
        _, seq, file, place, kind, row_id, state, version, content, report, orderer, body = row
        key, base, packed = self._cipher.decrypt(body[:12], body[12:], None).split(b"\n", 2)
        return Spooled(
            seq, file, place, kind, uuid.UUID(bytes=row_id), state, version, content,
            uuid.UUID(bytes=report) if report else None, uuid.UUID(bytes=orderer) if orderer else None,
            key.decode(), base.decode(), packed,
        )  # fmt: skip

    def count(self, where: str, values: Sequence[Any]) -> int:
        return int(self.db.execute(f"SELECT count(*) FROM entry WHERE {where}", values).fetchone()[0])  # noqa: S608

    def places(self, mark: bytes) -> Iterator[tuple[int, str, str]]:
        """Where a patient's resources stand."""
        yield from self.db.execute(
            "SELECT file, place, type FROM entry WHERE patient=? AND state<>? ORDER BY rank, seq", (mark, LEFT)
        )

    # Comparing with what is known

    def know(self, rows: Iterable[tuple[str, uuid.UUID, int, bytes, str]]) -> None:
        """Take note of what is stored already: (key, row id, version, content hash, type)."""
        self.db.execute("DELETE FROM known")
        self.db.executemany(
            "INSERT INTO known VALUES (?,?,?,?,?)", ((self.hashed(k), i.bytes, v, h, t) for k, i, v, h, t in rows)
        )

    def compare(self, where: str, values: Sequence[Any]) -> None:
        """Mark those waiting that are known: unchanged or changed. They take the row id and version of the known."""
        self.db.execute(
            f"UPDATE entry SET row_id=k.row_id, version=k.version,"  # noqa: S608
            f" state=CASE WHEN entry.hash=k.hash THEN {UNCHANGED} ELSE {CHANGED} END"
            f" FROM known k WHERE k.key=entry.key AND entry.state={NEW} AND {where}",
            values,
        )

    def refresh(self, waiting: Spooled) -> None:
        """Look again at what `compare` found out about a resource taken out before."""
        question = "SELECT row_id, state, version FROM entry WHERE seq=?"
        row_id, waiting.state, waiting.version = self.db.execute(question, (waiting.seq,)).fetchone()
        waiting.row_id = uuid.UUID(bytes=row_id)

    # References

    def note_practitioners(self, rows: Iterable[tuple[uuid.UUID | None, int]]) -> None:
        """Remember who is behind a visit, an order or a role: (practitioner, seq)."""
        self.db.executemany(
            "UPDATE entry SET practitioner=? WHERE seq=?", ((p.bytes if p else None, s) for p, s in rows)
        )

    def note_reports(self, mark: bytes, rows: Iterable[tuple[uuid.UUID, uuid.UUID | None, str]]) -> None:
        """Remember of which report a result is part: (report, orderer, token of the result)."""
        for report, orderer, token in rows:
            values = (report.bytes, orderer.bytes if orderer else None, mark, self.hashed(token))
            if not self.db.execute("UPDATE entry SET report=?, orderer=? WHERE +patient=? AND key=?", values).rowcount:
                self.db.execute("UPDATE entry SET report=?, orderer=? WHERE +patient=? AND alias=?", values)

    def resolve(self, tokens: Iterable[str], mark: bytes | None) -> dict[str, Target]:
        """What tokens lead to within the input or the patient's known record. Unknown ones are left out."""
        asked = {self.hashed(token): token for token in tokens}
        found: dict[str, Target] = {}
        for column in ("key", "alias"):
            self._match(asked, column, mark, found)
        if asked:
            marks = list(asked)
            question = f"SELECT key, row_id, type FROM known WHERE key IN ({','.join('?' * len(marks))})"  # noqa: S608
            for key, row_id, kind in self.db.execute(question, marks):
                found[asked.pop(key)] = Target(kind, uuid.UUID(bytes=row_id))
        if asked:
            marks = list(asked)
            question = (
                "SELECT a.token, e.type, e.row_id, e.practitioner, e.patient FROM also a JOIN entry e ON e.key=a.key"  # noqa: S608
                f" WHERE e.state<>{LEFT} AND a.token IN ({','.join('?' * len(marks))})"
            )
            self._take(self.db.execute(question, marks), asked, mark, found)
        return found

    def _match(self, asked: dict[bytes, str], column: str, mark: bytes | None, found: dict[str, Target]) -> None:
        marks = list(asked)
        if not marks:
            return
        question = (
            f"SELECT {column}, type, row_id, practitioner, patient FROM entry"  # noqa: S608
            f" WHERE state<>{LEFT} AND {column} IN ({','.join('?' * len(marks))})"
        )
        self._take(self.db.execute(question, marks), asked, mark, found)

    def _take(
        self, rows: Iterable[Sequence[Any]], asked: dict[bytes, str], mark: bytes | None, found: dict[str, Target]
    ) -> None:
        for key, kind, row_id, practitioner, patient in rows:
            is_other = patient is not None and mark is not None and patient != mark
            name = asked.get(key)
            if name is None:
                # A second match: the patient's own beats another's.
                name = next(
                    (t for t, target in found.items() if target.is_other_patients and self.hashed(t) == key), None
                )
                if name is None or is_other:
                    continue
            asked.pop(key, None)
            found[name] = Target(
                kind, uuid.UUID(bytes=row_id), uuid.UUID(bytes=practitioner) if practitioner else None, is_other
            )


def sweep(folder: Path) -> int:
    """Remove what killed runs left. A spool in use is locked by its process and stays."""
    removed = 0
    for path in folder.glob(f"{PREFIX}*.spool*"):
        try:
            lock = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
            removed += 1
        except BlockingIOError:
            pass
        finally:
            os.close(lock)
    return removed
