"""Texts are found once and kept ready, and still always stand in the reader's language."""

from __future__ import annotations

import pytest
from flask import render_template_string
from flask_babel import force_locale, gettext

TRANS = "{{ _('Messages') }}|{{ _('Test results') }}|{% trans name='<b>' %}Hello {{ name }}{% endtrans %}"


@pytest.fixture
def spanish(app, monkeypatch):
    """A catalog of one word, so that the test does not hang on the real one."""
    from portal.web import wording

    real = wording.Domain.get_translations

    def load(self):
        from flask_babel import get_locale

        found = real(self)
        if str(get_locale()) == "es":
            found._catalog = {**getattr(found, "_catalog", {}), "Messages": "Mensajes"}
        return found

    monkeypatch.setattr(wording.Domain, "get_translations", load)


def test_two_languages_in_one_process_do_not_mix(app, spanish):
    for lang, word in (("en", "Messages"), ("es", "Mensajes"), ("en", "Messages")):
        with app.test_request_context(f"/?lang={lang}", base_url="http://localhost"):
            app.preprocess_request()
            assert gettext("Messages") == word
            assert render_template_string("{{ _('Messages') }}") == word


def test_a_language_forced_for_a_while_is_used_and_left_again(app, spanish):
    with app.test_request_context("/", base_url="http://localhost"):
        app.preprocess_request()
        assert gettext("Messages") == "Messages"
        with force_locale("es"):
            assert gettext("Messages") == "Mensajes"
            assert render_template_string("{{ _('Messages') }}") == "Mensajes"
        assert render_template_string("{{ _('Messages') }}") == "Messages"


def test_values_are_escaped_and_percent_signs_are_kept(app):
    with app.test_request_context("/", base_url="http://localhost"):
        app.preprocess_request()
        shown = render_template_string(
            "{{ _('100%% of %(name)s', name='<b>') }} {{ _('100%% sure') }} {% trans n='<i>' %}Hi {{ n }}{% endtrans %}"
        )
        assert shown == "100% of &lt;b&gt; 100% sure Hi &lt;i&gt;"
