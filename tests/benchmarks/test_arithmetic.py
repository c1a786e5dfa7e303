"""The arithmetic behind the figures: ratios, percentiles, noise, baselines, and floors made from the portal's pages."""

from __future__ import annotations

from datetime import datetime

import pytest
from jinja2 import Environment

from benchmarks.bundles import write
from benchmarks.dataset import Dataset, Size
from benchmarks.limits.pages import NoRows, Row, template_of
from benchmarks.limits.routing import WordIndex
from benchmarks.measure import Comparison, Sample, percentile, worse
from benchmarks.report import against_baseline
from benchmarks.run import assets_of

SMALL = Size(4, threads_each=2, inboxes=(5,), conversations=(3,), reports=2)


def sample(cpu_ms: float) -> Sample:
    return Sample(100, cpu_ms / 10, 1.0)


def test_each_repeat_is_held_against_its_own_floor():
    compared = Comparison((sample(1), sample(2), sample(1)), (sample(3), sample(4), sample(5)))
    assert (compared.ratio.least, compared.ratio.median, compared.ratio.most) == (2, 3, 5)


def test_a_floor_that_differs_by_more_than_a_quarter_is_noisy():
    assert not Comparison((sample(1.0), sample(1.25)), (sample(1), sample(1))).is_noisy
    assert Comparison((sample(1.0), sample(1.26)), (sample(1), sample(1))).is_noisy


def test_percentiles_are_values_that_were_measured():
    values = [float(n) for n in range(1, 101)]
    assert [percentile(values, share) for share in (0.5, 0.95, 0.99, 1)] == [50, 95, 99, 100]
    assert percentile([7.0], 0.5) == 7
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 0.5)


def test_a_fifth_more_than_the_baseline_is_worse_unless_the_run_was_noisy():
    assert worse(3.7, 3.0, is_noisy=False)
    assert not worse(3.5, 3.0, is_noisy=False)
    assert not worse(9.0, 3.0, is_noisy=True)
    found = {"scenarios": {"inbox": {"ratio": {"median": 4.0}, "noisy": False}}, "growth": {}}
    assert against_baseline(found, {"inbox": 3.0}) == ["inbox: 4.00, was 3.00"]
    assert against_baseline(found, {"inbox": 3.9, "home": 1.0}) == []


def test_the_same_seed_makes_the_same_people_each_time():
    one, two = Dataset(SMALL), Dataset(SMALL)
    assert [p.id for p in one.everybody] == [p.id for p in two.everybody]
    first = [(t.id, t.subject, [m.text for m in t.messages]) for t in one.threads()]
    assert first == [(t.id, t.subject, [m.text for m in t.messages]) for t in one.threads()]
    assert first == [(t.id, t.subject, [m.text for m in t.messages]) for t in two.threads()]
    assert [t.id for t in Dataset(SMALL, seed=8).threads()] != [key for key, _, _ in first]


def test_bundles_of_one_seed_are_the_same(tmp_path):
    assert write(tmp_path / "a", 2) == write(tmp_path / "b", 2)
    assert [p.read_text() for p in sorted((tmp_path / "a").iterdir())] == [
        p.read_text() for p in sorted((tmp_path / "b").iterdir())
    ]


PAGE = "<ul><li class='x'>menu</li></ul><ul>{}</ul><p>100 % foot</p>"
LINE = '<li class="row {}"><a href="/t/{}">{}</a><time datetime="{}">{}</time></li>'


def row(key: str, kind: str, words: str, at: datetime) -> Row:
    return Row(key, kind, at, {"id": key, "words": words})


def test_a_floor_shows_the_same_page_from_its_own_rows():
    at = datetime(2025, 11, 12, 9, 5)
    lines = [LINE.format(kind, key, words, at.isoformat(), "Nov 12") for key, kind, words in
             (("aa", "new", "One &amp; two"), ("bb", "old", "Three"), ("cc", "old", "Four"))]  # fmt: skip
    page = PAGE.format("".join(lines))
    known = [row("aa", "new", "One & two", at), row("bb", "old", "Three", at), row("cc", "old", "Four", at)]
    template = Environment(autoescape=True).from_string(template_of(page, known))
    rows = [{**r.values, "kind": r.kind, "when": r.at} for r in known]
    assert template.render(rows=rows) == page
    other = template.render(rows=[{**rows[1], "words": "<b>"}])
    assert "&lt;b&gt;" in other
    assert "One" not in other


def test_a_page_without_the_rows_makes_no_floor():
    with pytest.raises(NoRows):
        template_of(
            "<ul><li>aa</li></ul>", [row("aa", "x", "", datetime(2025, 1, 1)), row("bb", "x", "", datetime(2025, 1, 1))]
        )


def test_what_a_browser_fetches_with_a_page_is_counted_once():
    page = (
        '<link rel="stylesheet" href="/a.css"><link rel="preload" href="/f.woff2"><script src="/a.js"></script>'
        '<svg><use href="/s.svg#x"></use></svg><svg><use href="/s.svg#y"></use></svg><a href="/other">x</a>'
    )
    assert assets_of(page) == ["/a.css", "/f.woff2", "/a.js", "/s.svg"]


def test_the_routing_floor_finds_words_that_stand_together():
    index = WordIndex([("a", "chest pain"), ("b", "refill please"), ("c", "pain chest")])
    assert index.find("I have chest pain, a refill please.") == ["a", "b"]
