"""One run: comparisons in turns, growth, memory, weight, import, routing. The result is a plain dictionary."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html.parser import HTMLParser
from statistics import median
from typing import Any

from benchmarks.dataset import PASSWORD, SEED, Size
from benchmarks.house import House, Postgres
from benchmarks.load import Client, timed
from benchmarks.measure import Comparison, Sample, Spread
from benchmarks.processes import load_average
from benchmarks.scenarios import Scenario, Scenarios

Say = Callable[[str], object]
MIB = 1024 * 1024


@dataclass(frozen=True)
class Profile:
    """How much work a run does."""

    name: str
    patients: int
    more_patients: int  # for the growth check; 0: none
    requests: int
    repeats: int
    soak: int
    bundles: int


PROFILES = {
    "smoke": Profile("smoke", patients=300, more_patients=0, requests=50, repeats=3, soak=600, bundles=8),
    "full": Profile("full", patients=1000, more_patients=10000, requests=250, repeats=5, soak=10000, bundles=60),
}
# Cost of the larger over cost of the smaller, at most.
GROWTH = {"inbox-5000/100": 1.3, "thread-5000/50": 1.3, "inbox-patients-10k/1k": 1.5, "thread-patients-10k/1k": 1.5}
WARM = 12
OWN_CLINIC = ("records", "binder", "visits")


def run(profile: Profile, db: str, say: Say, only: set[str] | None = None) -> dict[str, Any]:
    """Do it all. `only` names parts: pages, growth, memory, weight, import, routing, records, binder, visits."""
    started = time.monotonic()
    before = load_average()
    postgres = Postgres() if db == "postgresql" else None
    found: dict[str, Any] = {"profile": profile.name, "db": db, "seed": SEED}

    def wanted(part: str) -> bool:
        return only is None or part in only

    try:
        if only is None or only - {"import", "routing", *OWN_CLINIC}:
            say("==> seeding")
            with House(Size(profile.patients), postgres) as house:
                found |= _in_house(house, profile, say, wanted)
        if profile.more_patients and wanted("growth"):
            say(f"==> seeding {profile.more_patients} patients")
            found["growth"] = found.get("growth", {}) | _patients(profile, postgres)
        if wanted("routing"):
            from benchmarks.routing import compare as compare_routing

            say("==> routing")
            found["routing"] = compare_routing(profile.repeats, quick=profile.name == "smoke")
        if wanted("import"):
            from benchmarks.importing import compare as compare_import

            say("==> import")
            found["import"] = compare_import(profile.bundles, profile.repeats, postgres)
        found |= _own_clinics(profile, say, wanted)
    finally:
        if postgres is not None:
            postgres.stop()
    found["load"] = {"before": before, "after": load_average()}
    found["seconds"] = round(time.monotonic() - started, 1)
    return found


def _own_clinics(profile: Profile, say: Say, wanted: Callable[[str], bool]) -> dict[str, Any]:
    """What is measured in a clinic of its own on SQLite, whatever the database of the rest: short in a smoke run."""
    found: dict[str, Any] = {}
    is_quick = profile.name == "smoke"
    for part in filter(wanted, OWN_CLINIC):
        say(f"==> {part}")
        if part == "records":
            from benchmarks.records import measure

            found[part] = measure(2_000 if is_quick else 20_000)
        elif part == "binder":
            from benchmarks.binder import compare as compare_binder

            found[part] = compare_binder(1 if is_quick else profile.repeats)
        else:
            from benchmarks.visits import compare as compare_visits

            found[part] = compare_visits(1 if is_quick else profile.repeats)
    return found


def _in_house(house: House, profile: Profile, say: Say, wanted: Callable[[str], bool]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    scenarios = Scenarios(house)
    memory = house.portal.tree.memory()
    say("==> making the floors")
    scenarios.prepare()
    built = scenarios.build()
    if wanted("pages"):
        found["scenarios"] = {}
        for scenario in built:
            compared = compare(house, scenario, profile)
            found["scenarios"][scenario.name] = compared
            say(f"    {scenario.name:<12} {compared['ratio']['median']:.2f} x its floor")
        _sign_in_extra(house, found["scenarios"])
    found["missing"] = scenarios.missing
    if wanted("growth"):
        say("==> growth")
        found["growth"] = _growth(house, scenarios, profile)
    if wanted("weight"):
        main = house.data.main
        found["weight"] = weight(house.client(main.account_id), house.path("messaging.list_threads", person_id=main.id))
    if wanted("memory"):
        say(f"==> memory, {profile.soak} requests")
        found["memory"] = _memory(house, built, memory, profile.soak)
    return found


def compare(house: House, scenario: Scenario, profile: Profile) -> dict[str, Any]:
    """Floor and portal in turns, `profile.repeats` times."""
    count = max(5, int(profile.requests * scenario.count))
    sides: dict[str, list[Sample]] = {"limit": [], "portal": []}
    for side in sides:
        timed(getattr(scenario, side), WARM if count > WARM else 2)
    for _ in range(profile.repeats):
        for side, samples in sides.items():
            samples.append(_sample(house, side, getattr(scenario, side), count))
    compared = Comparison(tuple(sides["limit"]), tuple(sides["portal"])).as_dict()
    compared |= {"target": scenario.target, **(scenario.facts or {})}
    return compared


def _sample(house: House, side: str, work: Callable[[], object], count: int) -> Sample:
    before = house.cpu(side)
    wall, latencies = timed(work, count)
    return Sample(count, house.cpu(side) - before, wall, latencies)


def _sign_in_extra(house: House, scenarios: dict[str, Any]) -> None:
    """Signing in is told as what it costs beyond the hash that protects the password."""
    if "sign-in" not in scenarios:
        return
    passwords = house.services.passwords
    encoded = passwords.hash(PASSWORD)
    spent = []
    for _ in range(5):
        before = time.process_time()
        passwords.verify(encoded, PASSWORD)
        spent.append((time.process_time() - before) * 1000)
    hashing = median(spent)
    whole = scenarios["sign-in"]["portal"]["cpu_ms"]["median"]
    scenarios["sign-in"] |= {"argon2_ms": round(hashing, 1), "beyond_argon2_ms": round(whole - hashing, 1)}


def _growth(house: House, scenarios: Scenarios, profile: Profile) -> dict[str, Any]:
    """Two pages of the portal against each other, in turns: the larger list over the smaller one."""
    data = house.data
    found: dict[str, Any] = {}
    pairs: list[tuple[str, Callable[[], tuple[Callable[[], object], Callable[[], object]]]]] = [
        ("inbox-5000/100", lambda: (_inbox(scenarios, 100), _inbox(scenarios, 5000))),
        ("thread-5000/50", lambda: (_talk(scenarios, 50), _talk(scenarios, 5000))),
    ]
    assert data.busy
    for name, make in pairs:
        try:
            small, large = make()
        except Exception as error:  # noqa: BLE001  a page that is not there yet must not end the run
            found[name] = {"missing": f"{type(error).__name__}: {error}"}
            continue
        samples: dict[str, list[Sample]] = {"small": [], "large": []}
        for work in (small, large):
            timed(work, WARM)
        for _ in range(profile.repeats):
            samples["small"].append(_sample(house, "portal", small, profile.requests))
            samples["large"].append(_sample(house, "portal", large, profile.requests))
        found[name] = _grown(name, samples["small"], samples["large"])
    return found


def _grown(name: str, small: list[Sample], large: list[Sample]) -> dict[str, Any]:
    compared = Comparison(tuple(small), tuple(large))
    return {
        "ratio": compared.ratio.as_dict(), "noisy": compared.is_noisy, "target": GROWTH[name],
        "small_ms": Spread.of(s.cpu_ms for s in small).as_dict(), "large_ms": Spread.of(s.cpu_ms for s in large).as_dict(),
    }  # fmt: skip


def _inbox(scenarios: Scenarios, count: int) -> Callable[[], object]:
    person = scenarios.house.data.busy[count]
    return scenarios.page(person.account_id, "messaging.list_threads", person_id=person.id)


def _talk(scenarios: Scenarios, count: int) -> Callable[[], object]:
    data = scenarios.house.data
    thread = data.conversations[count]
    return scenarios.page(
        data.talker.account_id, "messaging.show_thread", person_id=data.talker.id, thread_id=thread.id
    )


def _patients(profile: Profile, postgres: Postgres | None) -> dict[str, Any]:
    """The same pages in a house of few patients and in a house of many with more than 100,000 messages, in turns."""
    small_size = Size(profile.patients + 1, inboxes=(100,), conversations=(3, 50), reports=5)
    large_size = Size(profile.more_patients, threads_each=8, inboxes=(100,), conversations=(3, 50), reports=5)
    found: dict[str, Any] = {}
    with House(small_size, postgres) as few, House(large_size, postgres) as many:
        messages = [sum(len(thread.messages) for thread in house.data.threads()) for house in (few, many)]
        for name, make in (("inbox-patients-10k/1k", _inbox_of_100), ("thread-patients-10k/1k", _talk_of_50)):
            works = [(house, make(Scenarios(house))) for house in (few, many)]
            samples: list[list[Sample]] = [[], []]
            for _, work in works:
                timed(work, WARM)
            for _ in range(profile.repeats):
                for (house, work), kept in zip(works, samples, strict=True):
                    kept.append(_sample(house, "portal", work, profile.requests))
            found[name] = _grown(name, *samples) | {"messages": messages}
    return found


def _inbox_of_100(scenarios: Scenarios) -> Callable[[], object]:
    return _inbox(scenarios, 100)


def _talk_of_50(scenarios: Scenarios) -> Callable[[], object]:
    return _talk(scenarios, 50)


def _memory(house: House, built: Iterable[Scenario], idle: int, requests: int) -> dict[str, Any]:
    """PSS of the whole server with two workers: just started, warm, and after many requests of all pages."""
    works = [s.portal for s in built if s.name not in ("sign-in", "constant", "reply")]
    if not works:
        return {}
    for work in works:
        timed(work, WARM)
    warm = house.portal.tree.memory()
    for number in range(requests):
        works[number % len(works)]()
    after = house.portal.tree.memory()
    limit = house.limit.tree.memory() if house.limit else 0
    return {
        "idle_mib": round(idle / MIB, 1), "warm_mib": round(warm / MIB, 1), "after_mib": round(after / MIB, 1),
        "requests": requests, "growth": round(after / warm - 1, 4), "limit_mib": round(limit / MIB, 1),
        "target_mib": 180, "target_growth": 0.05,
    }  # fmt: skip


class _Assets(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.paths: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "link" and given.get("rel") in ("stylesheet", "icon", "preload"):
            self.paths.append(given["href"])
        elif tag in ("script", "img") and given.get("src"):
            self.paths.append(given["src"])
        elif tag == "use" and not given.get("href", "#").startswith("#"):
            self.paths.append(given["href"].split("#")[0])


def assets_of(page: str) -> list[str]:
    """What a browser fetches with a page, each once; fonts apart from `assets_of(…)`'s callers' counts."""
    parser = _Assets()
    parser.feed(page)
    return list(dict.fromkeys(path for path in parser.paths if path.startswith("/")))


def weight(browser: Client, path: str) -> dict[str, Any]:
    """Bytes on the wire of a first view, without fonts, and the number of requests."""
    page = browser.get(path, **{"Accept-Encoding": "br, gzip"})
    html = page.body
    if page.headers.get("Content-Encoding") == "gzip":
        html = gzip.decompress(html)
    parts = {"page": len(page.body)}
    for asset in assets_of(html.decode()):
        if "/fonts/" in asset:
            continue
        answer = browser.get(asset, **{"Accept-Encoding": "br, gzip"})
        parts[asset.rpartition("/")[2]] = len(answer.body)
    return {
        "bytes": sum(parts.values()), "requests": len(parts), "parts": parts, "page_bytes": len(html),
        "target_bytes": 60 * 1024, "target_requests": 5,
    }  # fmt: skip
