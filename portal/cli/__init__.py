"""The command line: `portal …`. Each area is a module of its own, loaded when it is called."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from portal.infra.errors import Misconfigured, PortalError

# name: (module, attribute, one line)
COMMANDS = {
    "audit": ("portal.cli.audit", "audit", "Seal and verify the trail."),
    "backup": ("portal.cli.backing_up", "backup", "Copy the database and its files, encrypted."),
    "check": ("portal.cli.checks", "check", "Say whether this installation is safe to run."),
    "database": ("portal.cli.database", "database", "Create, migrate and inspect the database."),
    "export": ("portal.cli.exporting", "export", "Write times and visits as FHIR R4."),
    "hl7": ("portal.cli.feeds", "hl7", "Take HL7 v2 messages, over the network or from a folder."),
    "import": ("portal.cli.importing", "import_", "Import FHIR R4 records."),
    "keys": ("portal.cli.keys", "keys", "Create and rotate the master keys."),
    "notices": ("portal.cli.notices", "notices", "Take in mail that came back."),
    "people": ("portal.cli.people", "people", "Accounts, invitations and the first administrator."),
    "prepare": ("portal.cli.preparing", "prepare", "Migrate, and build the demo clinic if asked; `serve` does it too."),
    "restore": ("portal.cli.backing_up", "restore", "Read a backup again, or put it back."),
    "routing": ("portal.cli.routing", "routing", "Try the message router; train and judge it."),
    "serve": ("portal.cli.serve", "serve", "Serve the portal: migrate, then web and worker."),
    "worker": ("portal.cli.worker", "worker", "Run jobs."),
}


class Commands(click.Group):
    """Loads a command's module only when it is asked for, so that `portal routing try` needs no database."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][2]) for name in sorted(COMMANDS)])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def portal() -> None:
    """Throughline, a patient portal. Settings come from PORTAL_… variables (docs/configuration.md)."""


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line; a refusal is said in plain words, with exit code 2, and no traceback."""
    try:
        return portal(arguments, standalone_mode=True)
    except Misconfigured as error:
        click.echo(f"The portal can't start like this:\n{error}", err=True)
    except PortalError as error:
        click.echo(f"That was refused: {error.code}", err=True)
    sys.exit(2)
