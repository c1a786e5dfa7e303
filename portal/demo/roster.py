"""Who works at the demo clinic, whose records it holds, and who may sign in. All invented or synthetic."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

PASSWORD = "throughline demo"  # noqa: S105  known to everybody, which is why demo mode refuses production
DOMAIN = "demo.example"


@dataclass(frozen=True)
class Staff:
    """One practitioner. `key` is the FHIR id in the clinic's own bundle or in a sample bundle."""

    key: str
    name: str
    role: str
    specialty: str
    pools: tuple[str, ...]
    email: str | None = None
    is_admin: bool = False


POOLS = {
    "nurse_triage": ("Nurse triage", True),
    "scheduling": ("Scheduling", False),
    "billing": ("Billing", False),
    "records": ("Medical records", False),
    "portal_support": ("Portal help", False),
    "primary_care": ("Primary care team", True),
    "cardiology": ("Cardiology team", True),
    "diabetes": ("Diabetes team", True),
}

GLEASON = "7f01c91e-c9a8-453b-aba3-7ebb55556199"
OKAFOR = "supp-cardiologist"
LINDQVIST = "supp-care-manager"

STAFF = (
    Staff(GLEASON, "Dr. Mariam Gleason", "pcp", "Primary care", ("primary_care",), "mariam.gleason"),
    Staff(OKAFOR, "Dr. Ines Okafor", "specialist", "Cardiology", ("cardiology",), "ines.okafor"),
    Staff("demo-osei", "Dr. Kwame Osei", "specialist", "Endocrinology", ("diabetes",), "kwame.osei"),
    Staff("demo-chen", "Dr. Wei Chen", "specialist", "Kidney care", ("primary_care",)),
    Staff("demo-tran", "Amy Tran, RN", "nurse", "Nursing", ("nurse_triage", "primary_care"), "amy.tran"),
    Staff("demo-walsh", "Peter Walsh, RN", "nurse", "Nursing", ("nurse_triage", "cardiology")),
    Staff(LINDQVIST, "Noah Lindqvist, RN", "care_manager", "Care management", ("nurse_triage",), "noah.lindqvist"),
    Staff("demo-ortiz", "Sam Ortiz, PharmD", "pharmacist", "Pharmacy", ("diabetes",)),
    Staff(
        "demo-blake",
        "Jordan Blake",
        "front_desk",
        "Front desk",
        ("scheduling", "billing", "records", "portal_support"),
        "jordan.blake",
    ),
)
AWAY, COVER = "demo-chen", "demo-osei"
LEADS = {"nurse_triage": "demo-tran", "scheduling": "demo-blake", "primary_care": GLEASON, "cardiology": OKAFOR}


@dataclass(frozen=True)
class Patient:
    """One sample record. `newest` is the last clinical date in the file; it becomes `days_ago` from today."""

    file: str
    name: str
    fhir_id: str
    newest: str
    days_ago: int
    pcp: str
    team: tuple[str, ...]
    language: str = "en"
    has_care_manager: bool = True
    was_seen_by: tuple[str, ...] = ()  # doctors of the sample whose patient this was; here it is the clinic's own

    @property
    def email(self) -> str:
        """The first part of the demo address: name.name, in plain letters."""
        plain = unicodedata.normalize("NFD", self.name.lower())
        return "".join(c for c in plain if c.isascii()).replace(" ", ".")


MARGERY = "01-synthea-margery-gibson"
PATIENTS = (
    Patient(
        MARGERY,
        "Margery Gibson",
        "9bf59715-246f-4ce2-85a6-58c1757f8d21",
        "2021-01-11",
        66,
        GLEASON,
        (OKAFOR, "demo-osei"),
    ),
    Patient(
        "02-synthea-thanh-mosciski",
        "Thanh Mosciski",
        "7217c081-64cf-4e6c-b023-05c2e2dcf50c",
        "2021-02-24",
        12,
        GLEASON,
        (OKAFOR, "demo-chen"),
        was_seen_by=("ed34bab9-9639-452d-bf7a-b1cbace13733",),
    ),
    Patient(
        "04-synthea-mariana-acuna",
        "Mariana Acuña",
        "775ae455-7966-416e-8d04-fd0b8fdac28f",
        "2020-10-24",
        20,
        GLEASON,
        ("demo-osei",),
        language="es",
        was_seen_by=("79a13b7d-a382-4b6a-a31a-57e763818a56",),
    ),
    Patient(
        "05-synthea-dirk-kuhlman",
        "Dirk Kuhlman",
        "948e608d-e408-4788-8cf2-8157c49c2940",
        "2021-03-02",
        15,
        GLEASON,
        ("demo-osei", "demo-chen"),
        has_care_manager=False,
        was_seen_by=("1cb51157-8083-410f-87d1-07a94629222a", "792eb592-6944-4dad-87c8-66db4f237382"),
    ),
    Patient(
        "07-clinosim-brooks-heart-failure-readmitted",
        "Sandra Brooks",
        "pt-e9df78abe2fc",
        "2026-05-12",
        6,
        GLEASON,
        (OKAFOR,),
    ),
    Patient(
        "08-clinosim-garcia-dka-admission", "Billy Garcia", "pt-00ddd5bb1c41", "2026-04-06", 9, GLEASON, ("demo-osei",)
    ),
)
SUPPLEMENT, SUPPLEMENT_AS_OF = "90-handwritten-supplement-for-01", "2026-11-22"


@dataclass(frozen=True)
class Login:
    """One demo account, as it is printed at the start."""

    title: str
    name: str
    email: str


LOGINS = (
    Login("Patient", "Margery Gibson", "margery.gibson"),
    Login("Liaison", "Rosa Gibson-Tate (her daughter)", "rosa.tate"),
    Login("Family member", "Carl Gibson (her brother)", "carl.gibson"),
    Login("Parent of a child", "Ana Flores (mother of Leo)", "ana.flores"),
    Login("Primary care provider", "Dr. Mariam Gleason", "mariam.gleason"),
    Login("Specialist", "Dr. Ines Okafor", "ines.okafor"),
    Login("Nurse", "Amy Tran, RN", "amy.tran"),
    Login("Care manager", "Noah Lindqvist, RN", "noah.lindqvist"),
    Login("Front desk", "Jordan Blake", "jordan.blake"),
    Login("Administrator", "Robin Vale", "robin.vale"),
    Login("Patient, in Spanish", "Mariana Acuña", "mariana.acuna"),
)
