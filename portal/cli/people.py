"""`portal people`: accounts and invitations without a browser, and the first administrator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import click
from sqlalchemy import select

from portal.identity.invitations import has_identity, invite, normal_code
from portal.identity.provider.factors import reset_factors
from portal.identity.service import SIGN_IN, note, sessions_ended, subjects_here
from portal.infra import schema
from portal.infra.errors import Misconfigured
from portal.infra.settings import Settings
from portal.models import Account
from portal.policy.actors import Actor
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork


@contextmanager
def _unit() -> Iterator[UnitOfWork]:
    """A unit of work of the operator at this machine."""
    services = Services.build(Settings.load())
    try:
        if schema.current(services.database) != schema.head():
            raise Misconfigured("The database is not ready. Run: portal database upgrade")
        with UnitOfWork.open(services, Actor.system("cli.people"), write=True) as uow:
            yield uow
    finally:
        services.database.dispose()


def _account(uow: UnitOfWork, account_id: str) -> Account:
    try:
        found = uow.session.get(Account, UUID(account_id))
    except ValueError:
        found = None
    if found is None:
        raise Misconfigured("There is no account with that id. Run: portal people list")
    return found


def _say_link(uow: UnitOfWork, code: str) -> None:
    click.echo(f"{uow.settings.base_url}/invitation/{normal_code(code)}")
    click.echo(f"It works once, for {uow.settings.invitation_days} days. It is shown only now.")


@click.group()
def people() -> None:
    """Accounts, invitations and the first administrator."""


@people.command("create-admin")
@click.argument("name")
@click.option("--email", help="Where notices about the account go.")
def create_admin(name: str, email: str | None) -> None:
    """Make an administrator called NAME and print a one-time link to set up their sign-in."""
    with _unit() as uow:
        account = Account(
            display_name=name.strip()[:200],
            email=email,
            language=uow.settings.language_codes[0],
            is_admin=True,
            is_active=True,
            created_at=uow.now,
        )
        uow.add(account)
        uow.flush()  # the invitation names it
        code = invite(uow, account.id)
        note(uow, "admin:invitation:create", account.id, "done", "create-admin")
        _say_link(uow, code)


@people.command("invite")
@click.argument("account_id")
def invite_again(account_id: str) -> None:
    """Print a new one-time link for the account ACCOUNT_ID; earlier ones stop working."""
    with _unit() as uow:
        account = _account(uow, account_id)
        if not account.is_active or has_identity(uow, account.id):
            raise Misconfigured("That account is closed, or somebody signs in to it already.")
        code = invite(uow, account.id)
        note(uow, "admin:invitation:create", account.id, "done", "again")
        _say_link(uow, code)


@people.command("reset-factor")
@click.argument("account_id")
@click.confirmation_option(prompt="Are you sure who is asking?")
def reset_factor(account_id: str) -> None:
    """Forget the lost second factors of ACCOUNT_ID. Their sessions end; they set up a new one at sign-in."""
    with _unit() as uow:
        account = _account(uow, account_id)
        subjects = subjects_here(uow, account.id)
        if not subjects:
            raise Misconfigured("That account does not sign in with the built-in provider.")
        for subject in subjects:
            reset_factors(uow.session, uow.actor, subject, uow.now)
        sessions_ended(uow, account.id)
        note(uow, SIGN_IN, account.id, "done", "second-step-reset")
        click.echo("The second step is reset.")


@people.command("list")
@click.option("--admins", is_flag=True, help="Only administrators.")
def list_people(admins: bool) -> None:
    """Accounts: id, kind, state, name."""
    with _unit() as uow:
        statement = select(Account).order_by(Account.display_name, Account.id)
        if admins:
            statement = statement.where(Account.is_admin)
        for account in uow.session.scalars(statement):
            kind = (
                "staff"
                if account.practitioner_id
                else "admin"
                if account.is_admin
                else "patient"
                if account.person_id
                else "caregiver"
            )
            state = "active" if account.is_active else "closed"
            click.echo(f"{account.id}  {kind:<9}  {state:<6}  {account.display_name}")
