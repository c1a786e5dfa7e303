"""What the record itself says that makes a finding graver, as findings named `is_…`."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import lru_cache

from portal.messaging.routing.context import Context
from portal.messaging.routing.lexicon import groups
from portal.messaging.routing.records import SURGICAL

_FROM_CONDITIONS = {
    "is_pregnant": re.compile(r"pregnan|weeks? gestation|prenatal|embaraz"),
    "is_heart_failure": re.compile(r"heart failure|chf|hfref|hfpef|cardiomyopathy|insuficiencia card"),
    "is_transplant": re.compile(r"transplant|trasplant"),
    "is_chemo": re.compile(r"chemo|leukemia|lymphoma|myeloma|neutropen|quimio"),
    "is_dementia": re.compile(r"dement|alzheimer|demencia"),
    "is_immune_weak": re.compile(
        r"transplant|chemo|leukemia|lymphoma|immun|rheumatoid|lupus|crohn|hiv|asplen|cancer|trasplant"
    ),
    "is_diabetes": re.compile(r"diabet"),
}
_DUE_WITHIN = timedelta(days=30)


def medicine_classes(names: tuple[str, ...]) -> frozenset[str]:
    """Which critical groups (data/critical_medicines.txt) a medicine with these names belongs to."""
    said = " ".join(names).lower()
    return frozenset(
        group for group, words in groups("critical_medicines.txt").items() if any(w in said for w in words)
    )


@lru_cache(maxsize=512)
def facts(context: Context) -> frozenset[str]:
    """The facts of a context. It is read once per context object, so do not change one after use."""
    conditions = " ; ".join(context.conditions).lower()
    found = {name for name, pattern in _FROM_CONDITIONS.items() if pattern.search(conditions)}
    for appointment in context.appointments:
        kind = appointment.type.lower()
        if "prenatal" in kind and appointment.status == "upcoming":
            found.add("is_pregnant")
        if ("chemo" in kind or "infusion" in kind) and "is_chemo" in found | {"is_chemo" if "chemo" in kind else ""}:
            found.add("is_chemo")
        recent = timedelta(0) <= context.today - appointment.date <= _DUE_WITHIN
        if appointment.status == "completed" and recent and SURGICAL.search(kind):
            found.add("is_recent_surgery")
    for medicine in context.medications:
        if medicine.status.lower() not in {"active", ""}:
            continue
        classes = medicine_classes((medicine.name, *medicine.aka))
        found |= {
            f"is_{name}"
            for name in ("opioid", "on_thinner", "immune_weak", "chemo", "transplant")
            if _in(name, classes)
        }
    if context.patient_age is not None:
        if context.patient_age < 18:
            found.add("is_child")
        if context.patient_age < 1:
            found.add("is_infant")
    return frozenset(found)


def _in(fact: str, classes: frozenset[str]) -> bool:
    return {
        "opioid": "opioid" in classes,
        "on_thinner": "anticoagulant" in classes,
        "immune_weak": bool(classes & {"antirejection", "immunosuppressant", "chemotherapy"}),
        "chemo": "chemotherapy" in classes,
        "transplant": "antirejection" in classes,
    }[fact]
