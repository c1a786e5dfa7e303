"""The only way in. A door names the action of each route, opens the unit of work, and ends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any

from flask import Flask, current_app, g, make_response, request, session
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from portal.infra.errors import NeedsStepUp, NotSignedIn
from portal.infra.ids import new_id
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.web.sessions import actor_of, address_of
from portal.work import limits
from portal.work.limits import Window
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

View = Callable[..., ResponseReturnValue]
STEP_UP_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True)
class Declared:
    """What a route says of itself."""

    method: str
    may: Action | None = None
    because: str | None = None
    step_up: bool = False
    upload: bool = False
    at_most: Window | None = None


DECLARED: dict[str, Declared] = {}


class Door:
    """A feature's routes. `.get` and `.post` need an action; `.public` needs a reason; there is no `.route`.

    Endpoints are `<name>.<view>`; a feature's doors for patients and for staff share the name.
    """

    def __init__(self, name: str, *, prefix: str = "") -> None:
        self.name = name
        self.prefix = prefix
        self.rules: list[tuple[str, str, View, str]] = []

    def get(
        self, rule: str, *, may: Action, step_up: bool = False, at_most: Window | None = None
    ) -> Callable[[View], View]:
        """A page. Only a `:read` action may hang on it: a write can never hide under a read permission."""
        if not may.is_read:
            raise ValueError(f"{may} can't hang on a GET")
        return self._enter(rule, Declared("GET", may=may, step_up=step_up, at_most=at_most))

    def post(
        self,
        rule: str,
        *,
        may: Action,
        step_up: bool = False,
        upload: bool = False,
        at_most: Window | None = None,
    ) -> Callable[[View], View]:
        """A change. With `upload` the form may bring files (`portal.web.uploads`); `at_most` is how often one account
        may make it (`portal.work.limits`).
        """
        if may.is_read:
            raise ValueError(f"{may} can't hang on a POST")
        return self._enter(rule, Declared("POST", may=may, step_up=step_up, upload=upload, at_most=at_most))

    def public(self, rule: str, *, because: str, method: str = "GET", upload: bool = False) -> Callable[[View], View]:
        """A page or a form for visitors who have not signed in, and why they may."""
        return self._enter(rule, Declared(method, because=because, upload=upload))

    def _enter(self, rule: str, declared: Declared) -> Callable[[View], View]:
        def decorate(view: View) -> View:
            endpoint = f"{self.name}.{view.__name__}"
            DECLARED[endpoint] = declared

            @wraps(view)
            def enter(**arguments: Any) -> ResponseReturnValue:
                return _answer(view, declared, arguments)

            self.rules.append((self.prefix + rule, endpoint, enter, declared.method))
            return view

        return decorate


def services() -> Services:
    """The services of the running application."""
    found: Services = current_app.extensions["portal"]
    return found


def current_actor() -> Actor:
    """Who asks in this request; built once."""
    if "actor" not in g:
        g.actor = actor_of(session, request_id(), address_of(request))  # type: ignore[arg-type]
    actor: Actor = g.actor
    return actor


def request_id() -> str:
    """A reference for this request: on error pages, in the log and in the trail."""
    if "request_id" not in g:
        g.request_id = str(new_id())
    return str(g.request_id)


def _answer(view: View, declared: Declared, arguments: dict[str, Any]) -> Response:
    actor = current_actor()
    if declared.may and not actor.is_signed_in:
        raise NotSignedIn()
    is_change = declared.method == "POST"
    if declared.at_most and not is_change:
        limits.take(services(), declared.at_most, str(actor.account_id))
    uow = UnitOfWork(services(), actor, write=is_change)
    g.uow = uow
    try:
        if declared.step_up:
            _need_fresh_factor(actor, uow)
        if declared.at_most and is_change:
            limits.take_within(uow, declared.at_most)
        response = make_response(view(uow, **arguments))
        keep = response.status_code < 400
        if declared.may and keep:
            uow.check_used(declared.may)
        uow.finish(keep=keep)
        return response
    except BaseException:
        uow.finish(keep=False)
        raise
    finally:
        uow.close()


def _need_fresh_factor(actor: Actor, uow: UnitOfWork) -> None:
    if actor.factor_at is None or uow.now - actor.factor_at > STEP_UP_WITHIN:
        raise NeedsStepUp()


def register(app: Flask, *doors: Door) -> None:
    """Hang the doors into the house."""
    for door in doors:
        for rule, endpoint, view, method in door.rules:
            app.add_url_rule(rule, endpoint, view, methods=[method])
