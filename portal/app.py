"""The application: knows everything, decides nothing."""

from __future__ import annotations

import time
from datetime import timedelta

import structlog
from flask import Flask, Response, g, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.infra import logging as logs
from portal.infra.clock import Clock
from portal.infra.settings import Settings
from portal.web import errors, security, templates, uploads
from portal.web.addresses import Portal
from portal.web.door import register, request_id
from portal.web.sessions import DatabaseSessions
from portal.work.services import Services

log = structlog.get_logger("web")


def create_app(settings: Settings | None = None, clock: Clock | None = None, services: Services | None = None) -> Flask:
    """A WSGI application on `settings` (else on the environment's). Raises `Misconfigured`."""
    settings = settings or Settings.load()
    services = services or Services.build(settings, clock)
    logs.configure(settings.log_level)
    app = Portal("portal", static_folder=None, template_folder=str(templates.ROOT / "templates"))
    app.extensions["portal"] = services
    app.config.update(
        SECRET_KEY=services.ring.derive("flask"),
        MAX_CONTENT_LENGTH=1024 * 1024,
        MAX_FORM_MEMORY_SIZE=512 * 1024,
        MAX_FORM_PARTS=200,
        TRUSTED_HOSTS=settings.hosts,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_hours),
        PREFERRED_URL_SCHEME="https" if settings.is_https else "http",
    )
    app.session_interface = DatabaseSessions(services)
    security.install(app, settings)  # first: the page that refuses a form needs its nonce
    uploads.install(app)  # before the form is read
    csrf = CSRFProtect(app)
    errors.install(app)
    templates.install(app, settings)
    _log_requests(app)
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    _hang_doors(app, csrf)
    return app


def _hang_doors(app: Flask, csrf: CSRFProtect) -> None:
    from portal.admin.routes import door as admin
    from portal.admin.routes_jobs import door as admin_jobs
    from portal.admin.routes_routing import door as admin_routing
    from portal.appointments.routes_booking import door as booking
    from portal.appointments.routes_checkin import door as check_in
    from portal.appointments.routes_patient import door as appointments
    from portal.appointments.routes_patient import public as calendar
    from portal.appointments.routes_places import door as places
    from portal.appointments.routes_queue import door as waiting
    from portal.appointments.routes_setup import door as schedule_setup
    from portal.appointments.routes_staff import door as schedule
    from portal.binder.routes_export import door as binder_export
    from portal.binder.routes_packets import door as binder_packets
    from portal.binder.routes_patient import door as binder
    from portal.binder.routes_public import install as install_binder
    from portal.binder.routes_public import public as binder_public
    from portal.binder.routes_share import door as binder_share
    from portal.caregivers.routes_access import door as access
    from portal.caregivers.routes_answer import door as access_answers
    from portal.caregivers.routes_evidence import door as evidence
    from portal.caregivers.routes_liaison import door as liaison
    from portal.caregivers.routes_limits import door as limits
    from portal.caregivers.routes_patient import door as caregivers
    from portal.home.routes import door as home
    from portal.home.routes_access import door as access_views
    from portal.home.routes_staff import door as patient_desk
    from portal.identity.provider.routes import door as provider
    from portal.identity.provider.routes import exempt_from_csrf
    from portal.identity.routes import door as identity
    from portal.identity.routes import install as install_identity
    from portal.medicines.routes_patient import door as medicines
    from portal.medicines.routes_staff import door as medicines_desk
    from portal.messaging.routes_keeping import door as keeping
    from portal.messaging.routes_letters import door as letters
    from portal.messaging.routes_liaison import door as questions
    from portal.messaging.routes_patient import door as messaging
    from portal.messaging.routes_staff import door as desk
    from portal.messaging.routes_team import door as team
    from portal.messaging.routes_tools import door as tools
    from portal.messaging.routes_updates import door as updates
    from portal.messaging.routes_words import door as quick_texts
    from portal.notifications.routes import door as notices
    from portal.notifications.routes import links as notice_links
    from portal.notifications.routes_addresses import door as notice_addresses
    from portal.notifications.routes_addresses import hooks as notice_hooks
    from portal.outside.routes_patient import door as outside
    from portal.outside.routes_staff import door as outside_desk
    from portal.people.routes_patient import door as people
    from portal.people.routes_staff import door as people_desk
    from portal.records.routes import door as records
    from portal.results.routes import door as results
    from portal.results.routes_staff import door as result_reviews
    from portal.results.routes_waiting import door as result_waiting

    register(app, admin_jobs)
    register(app, admin, admin_routing, appointments, caregivers, home, provider, identity, messaging, keeping, desk)
    register(app, letters, liaison, questions, updates, notices, notice_links)
    register(app, team, tools, quick_texts, people, people_desk, patient_desk, records, results, result_reviews)
    register(app, access, access_answers, access_views, evidence, limits)
    register(app, booking, calendar, check_in, schedule, schedule_setup)
    register(app, places, waiting)
    register(app, binder, binder_export, binder_packets, binder_public, binder_share)
    install_binder(app)
    csrf.exempt(app.view_functions["binder.open_manifest"])
    register(app, notice_addresses, notice_hooks)
    csrf.exempt(app.view_functions["notifications.report_text"])
    register(app, medicines, medicines_desk)
    register(app, outside, outside_desk)
    register(app, result_waiting)
    install_identity(app)
    for view in exempt_from_csrf(app):
        csrf.exempt(view)


def _log_requests(app: Flask) -> None:
    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def finish(response: Response) -> Response:
        milliseconds = round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1)
        log.debug(
            "request",
            endpoint=request.endpoint,
            status=response.status_code,
            milliseconds=milliseconds,
            request=request_id(),
        )
        return response
