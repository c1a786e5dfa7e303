"""The form of how one is told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.widgets import CheckboxInput, ListWidget

from portal.notifications.kinds import TOPICS_OF
from portal.notifications.rules import DIGESTS, Timing
from portal.web.forms import PortalForm

HOURS = range(24)


def channel_words(channel: str) -> str:
    return {"email": _("E-mail"), "sms": _("Text message"), "push": _("This browser or phone")}.get(channel, channel)


def topic_words(role: str, topic: str) -> str:
    """What a topic is, for somebody in that role."""
    words = {
        "messages": _("Messages and answers"),
        "visits": _("Visits booked, moved or cancelled"),
        "reminders": _("Reminders before a visit"),
        "results": _("New test results"),
        "sharing": _("Somebody opened what I shared"),
        "access": _("Who may see my record"),
        "work": _("Questions and tasks that can’t wait"),
    }
    if role == "caregiver" and topic == "messages":
        return str(_("Questions to me, answers and family updates"))
    if role == "caregiver" and topic == "access":
        return str(_("What I may see and do"))
    return str(words[topic])


class NoticesForm(PortalForm):
    """When; and by topic, the channels. The topics' fields are added for the roles and channels of the reader."""

    digest = RadioField(_l("When should we tell you?"))
    quiet = BooleanField(_l("Don’t send anything during my quiet hours"))
    is_passed_on = BooleanField(_l("If I have not opened a message after a day, tell me by the next way as well"))
    quiet_from = SelectField(_l("Quiet from"))
    quiet_until = SelectField(_l("until"))

    def offer(self, hour_words: Any) -> NoticesForm:
        """Set the choices; `hour_words` writes an hour of the day."""
        said = {
            "now": _("At once, each time"),
            "daily": _("Once a day, together, at 8 in the morning"),
            "weekly": _("Once a week, together, on Monday morning"),
        }
        self.digest.choices = [SelectChoice(one, said[one]) for one in DIGESTS]
        hours = [SelectChoice(str(hour * 60), hour_words(hour)) for hour in HOURS]
        self.quiet_from.choices, self.quiet_until.choices = hours, hours
        return self

    @property
    def timing(self) -> Timing:
        """What was chosen."""
        if not self.quiet.data:
            return Timing(self.digest.data, None, None)
        return Timing(self.digest.data, int(self.quiet_from.data), int(self.quiet_until.data))

    def on(self, roles: Iterable[str]) -> set[tuple[str, str, str]]:
        """The (role, topic, channel) that are ticked."""
        return {
            (role, topic, channel)
            for role in roles
            for topic in TOPICS_OF[role]
            for channel in self[f"{role}-{topic}"].data or ()
        }


def form_for(roles: Iterable[str], channels: Iterable[str]) -> type[NoticesForm]:
    """The form with a field for each topic of these roles."""
    choices = [SelectChoice(channel, channel_words(channel)) for channel in channels]
    fields = {
        f"{role}-{topic}": SelectMultipleField(
            topic_words(role, topic), choices=choices, widget=ListWidget(), option_widget=CheckboxInput()
        )
        for role in roles
        for topic in TOPICS_OF[role]
    }
    return type("RolesForm", (NoticesForm,), fields)
