"""The list of medicines in a real browser: added by a misspelling, marked, confirmed; at both widths, in both looks."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import check_accessibility, check_reflow

pytestmark = [pytest.mark.demo, pytest.mark.one_database]


def test_a_medicine_is_added_by_a_misspelling_and_confirmed_by_a_nurse(
    page: Page, live_server, signed_in, demo
) -> None:
    person = demo.person("margery.gibson")
    signed_in(demo.account("margery.gibson"))
    page.goto(live_server.url(f"/people/{person}/medicines"))
    check_accessibility(page, themes=("light", "dark"))
    check_reflow(page)
    page.get_by_role("link", name="Add a medicine").click()
    page.get_by_label("Name on the box or the bottle").fill("loratidin")
    page.get_by_role("button", name="Search").click()
    check_accessibility(page, themes=("light", "dark"))
    page.get_by_role("link", name="Loratadine", exact=True).click()
    page.get_by_label("How strong is it?").fill("10 mg")
    page.get_by_label("How often?").select_option("DAILY")
    check_accessibility(page, themes=("light", "dark"))
    check_reflow(page)
    page.get_by_role("button", name="Put it on the list").click()
    mine = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Loratadine 10 mg"))
    expect(mine).to_contain_text("Not yet confirmed")
    expect(mine).to_contain_text("Reported by you")

    signed_in(demo.account("amy.tran"))
    page.goto(live_server.url(f"/desk/patients/{person}/medicines"))
    check_accessibility(page, themes=("light", "dark"))
    check_reflow(page)
    page.get_by_role("button", name=re.compile("Confirm: .*Loratadine")).click()
    expect(page.get_by_text("Confirmed. It is part of the list.")).to_be_visible()

    signed_in(demo.account("margery.gibson"))
    page.goto(live_server.url(f"/people/{person}/medicines"))
    expect(mine).to_contain_text("confirmed by Amy Tran, RN")
    page.goto(live_server.url(f"/people/{person}/medicines/day"))
    check_accessibility(page, themes=("light", "dark"))
    check_reflow(page)
