"""The floor's web application: a session looked up, two raw queries, one template. Flask with Jinja, nothing more."""

from __future__ import annotations

import hashlib
import secrets
import threading
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from flask import Flask, Response, abort, redirect, render_template, request
from jinja2 import FileSystemLoader

from benchmarks.limits.store import connect

PAGE, MESSAGES = 25, 50
SESSION = "SELECT account_id, person_id, name FROM session WHERE token_hash = ?"
UNREAD = "SELECT count(*) FROM thread WHERE patient_id = ? AND is_unread = 1"
INBOX = (
    "SELECT id, local_at, subject, preview, state, owner, is_unread FROM thread"
    " WHERE patient_id = ? ORDER BY last_at DESC, id DESC LIMIT 26"
)
DESK = (
    "SELECT id, local_at, subject, preview, state, owner, is_unread, patient, patient_id FROM thread"
    " WHERE owner_id = ? AND state = 'open' ORDER BY last_at, id LIMIT 26"
)
MESSAGES_OF = (
    "SELECT id, local_at, author, role, body FROM message WHERE thread_id = ? ORDER BY sent_at DESC, id DESC LIMIT 51"
)
THREAD = "SELECT subject FROM thread WHERE id = ? AND patient_id = ?"
REPORTS = (
    "SELECT id, local_at, name, orderer, outside, is_new FROM report"
    " WHERE patient_id = ? ORDER BY effective_at DESC, id DESC LIMIT 26"
)
SAY = "INSERT INTO message (id, thread_id, sent_at, local_at, author, role, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
MOVE = "UPDATE thread SET preview = ?, last_at = ?, local_at = ?, state = 'open' WHERE id = ?"
LOGIN = "SELECT password_hash, account_id FROM login WHERE email = ?"
SIGNED_IN = "INSERT INTO session VALUES (?, ?, ?, ?)"


def create_limit(address: str, templates: Path, argon2: tuple[int, int]) -> Flask:
    """The floor on its database at `address`, with the templates made from the portal's pages."""
    app = Flask("limit", static_folder=None)
    app.jinja_loader = FileSystemLoader(str(templates))  # type: ignore[assignment]
    app.jinja_env.auto_reload = False
    hasher = PasswordHasher(argon2[1], argon2[0], 1, 32, 16)
    own = threading.local()
    is_sqlite = not address.startswith("postgresql:")

    def run(statement: str, *values: Any) -> Any:
        if not hasattr(own, "connection"):
            own.connection = connect(address)
        return own.connection.execute(statement if is_sqlite else statement.replace("?", "%s"), values)

    def signed_in() -> Any:
        token = request.cookies.get("session", "")
        row = run(SESSION, hashlib.sha256(token.encode()).digest()).fetchone()
        if row is None:
            abort(401)
        return row

    def show(name: str, rows: list[dict[str, Any]], **more: Any) -> Response:
        response = Response(render_template(name, rows=rows, **more), mimetype="text/html")
        response.headers["Cache-Control"] = "no-store"
        return response

    @app.get("/healthz")
    def health() -> str:
        return "ok"

    @app.get("/inbox/<person_id>")
    def inbox(person_id: str) -> Response:
        if signed_in()[1] != person_id:
            abort(404)
        run(UNREAD, person_id).fetchone()
        rows = [
            {"id": i, "when": datetime.fromisoformat(at), "subject": s, "preview": p, "owner": o, "kind": f"{state}{u}"}
            for i, at, s, p, state, o, u in run(INBOX, person_id).fetchall()[:PAGE]
        ]
        return show("inbox.html", rows)

    @app.get("/desk/<owner_id>")
    def desk(owner_id: str) -> Response:
        signed_in()
        rows = [
            {"id": i, "when": datetime.fromisoformat(at), "subject": s, "preview": p, "owner": o, "kind": f"{state}{u}",
             "patient": who, "patient_id": pid}
            for i, at, s, p, state, o, u, who, pid in run(DESK, owner_id).fetchall()[:PAGE]
        ]  # fmt: skip
        return show("desk.html", rows)

    @app.get("/thread/<person_id>/<thread_id>")
    def thread(person_id: str, thread_id: str) -> Response:
        if signed_in()[1] != person_id or run(THREAD, thread_id, person_id).fetchone() is None:
            abort(404)
        found = run(MESSAGES_OF, thread_id).fetchall()[:MESSAGES]
        rows = [
            {"id": i, "when": datetime.fromisoformat(at), "author": a, "kind": role, "body": body}
            for i, at, a, role, body in reversed(found)
        ]
        return show(f"thread{min(len(rows), 50)}.html", rows)

    @app.post("/thread/<person_id>/<thread_id>")
    def reply(person_id: str, thread_id: str) -> Any:
        who = signed_in()
        if who[1] != person_id or run(THREAD, thread_id, person_id).fetchone() is None:
            abort(404)
        text = request.form["reply"]
        now = datetime.now(UTC)
        at = now.isoformat()
        run("BEGIN IMMEDIATE" if is_sqlite else "BEGIN")
        run(SAY, str(uuid.uuid4()), thread_id, at, at, who[2], "patient", text)
        run(MOVE, text[:120], at, at, thread_id)
        run("COMMIT")
        return redirect(f"/thread/{person_id}/{thread_id}", 303)

    @app.get("/results/<person_id>")
    def results(person_id: str) -> Response:
        if signed_in()[1] != person_id:
            abort(404)
        rows = [
            {"id": i, "when": datetime.fromisoformat(at), "name": n, "orderer": o, "kind": f"{out}{new}"}
            for i, at, n, o, out, new in run(REPORTS, person_id).fetchall()[:PAGE]
        ]
        return show("results.html", rows)

    @app.post("/sign-in")
    def sign_in() -> Any:
        row = run(LOGIN, request.form["email"]).fetchone()
        hasher.verify(row[0], request.form["password"])
        token = secrets.token_urlsafe(32)
        run("BEGIN IMMEDIATE" if is_sqlite else "BEGIN")
        run(SIGNED_IN, hashlib.sha256(token.encode()).digest(), row[1], "", "")
        run("COMMIT")
        response = redirect("/", 303)
        response.set_cookie("session", token, httponly=True, samesite="Lax")
        return response

    return app
