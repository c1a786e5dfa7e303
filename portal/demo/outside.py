"""The demo's paper from elsewhere: a discharge summary that Margery Gibson brought from a hospital of this demo."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from xml.sax.saxutils import escape

from portal.demo.medicines import actor_of
from portal.infra.ids import new_id
from portal.models import Person
from portal.outside import keeping, kinds, reading
from portal.outside.keeping import Brought
from portal.policy.actions import Action
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

T = "2.16.840.1.113883.10.20.22"
SNOMED, RXNORM = "2.16.840.1.113883.6.96", "2.16.840.1.113883.6.88"
HOUSE = "Riverside General Hospital"


def write(services: Services) -> None:
    """Let her hand it in through the portal's own use case; done once."""
    margery = actor_of(services, "margery.gibson")
    person_id = margery.person_id
    assert person_id is not None
    with UnitOfWork.open(services, margery, write=True) as uow:
        if reading.papers(uow, person_id):
            return
        person = uow.load(Action.PEOPLE_PERSON_READ, Person, person_id, within=person_id)
        content = discharge_summary(person, uow.now.date())
        keeping.bring(uow, Brought(person_id, "discharge-summary.xml", kinds.look(content), new_id()))


def discharge_summary(person: Any, today: date) -> bytes:
    """A discharge summary (C-CDA R2.1) about `person`, of a stay that ended a week before `today`."""
    out, into = today - timedelta(days=7), today - timedelta(days=11)
    day, start = f"{out:%Y%m%d}", f"{into:%Y%m%d}"
    sex = {"female": "F", "male": "M"}.get(person.sex or "", "UN")
    birth = f"{person.birth_on:%Y%m%d}" if person.birth_on else ""
    street = (person.address or "").partition(",")[0]
    sections = (
        _section("48765-2", "2.6.1", "Allergies", _allergy("Penicillin G", "7980", "Hives", start)
                 + _allergy("Sulfamethoxazole", "10180", "Rash", start)),
        _section("11450-4", "2.5.1", "Problems", _problem("Hypertension", "38341003", "active", "2009")
                 + _problem("Atrial fibrillation", "49436004", "active", start)
                 + _problem("Pneumonia", "233604007", "resolved", start)),
        _section("10183-2", "2.11.1", "Discharge medicines",
                 _medicine("Hydrochlorothiazide 25 MG", "316049", "Take 1 tablet once a day", "2012")
                 + _medicine("losartan potassium 50 MG Oral Tablet", "979492", "Take 1 tablet by mouth once a day", day)
                 + _medicine("Warfarin sodium 5 MG Oral Tablet", "855332", "Take 1 tablet by mouth once a day", day)),
        _section("11369-6", "2.2.1", "Vaccines", _vaccine("Influenza, high-dose seasonal", "135", start)),
        _section("30954-2", "2.3.1", "Results", _result("Hemoglobin", "718-7", "11.8", "g/dL", day)),
        _words("8648-8", "Hospital course", "Came with a fever and an irregular pulse. Pneumonia was treated with "
               "doxycycline. Atrial fibrillation was found; warfarin was begun. Please check the INR within a week."),
    )  # fmt: skip
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<realmCode code="US"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<templateId root="{T}.1.1" extension="2015-08-01"/><templateId root="{T}.1.8" extension="2015-08-01"/>
<id root="2.16.840.1.113883.19.5.1" extension="demo-{day}"/>
<code code="18842-5" codeSystem="2.16.840.1.113883.6.1"/><title>Discharge summary</title>
<effectiveTime value="{day}"/><confidentialityCode code="N"/><languageCode code="en-US"/>
<recordTarget><patientRole><id root="2.16.840.1.113883.19.5.2" extension="R-2041"/>
<addr><streetAddressLine>{escape(street)}</streetAddressLine></addr>
<telecom value="tel:{escape(person.phone or "")}"/><patient>
<name use="L"><given>{escape(person.given_name)}</given><family>{escape(person.family_name)}</family></name>
<administrativeGenderCode code="{sex}" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="{birth}"/>
</patient></patientRole></recordTarget>
<author><time value="{day}"/><assignedAuthor><id nullFlavor="NI"/><assignedPerson><name><prefix>Dr.</prefix>
<given>Helena</given><family>Brandt</family></name></assignedPerson>
<representedOrganization><name>{HOUSE}</name></representedOrganization></assignedAuthor></author>
<component><structuredBody>{"".join(sections)}</structuredBody></component></ClinicalDocument>""".encode()


def _section(code: str, template: str, title: str, entries: str) -> str:
    return f"""<component><section><templateId root="{T}.{template}"/><code code="{code}"
codeSystem="2.16.840.1.113883.6.1"/><title>{title}</title><text>{title}</text>{entries}</section></component>"""


def _words(code: str, title: str, text: str) -> str:
    return f"""<component><section><code code="{code}" codeSystem="2.16.840.1.113883.6.1"/><title>{title}</title>
<text><paragraph>{escape(text)}</paragraph></text></section></component>"""


def _problem(name: str, code: str, status: str, since: str) -> str:
    state = {"active": "55561003", "resolved": "413322009"}[status]
    return f"""<entry><act classCode="ACT" moodCode="EVN"><templateId root="{T}.4.3"/><statusCode code="active"/>
<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="{T}.4.4"/>
<effectiveTime><low value="{since}"/></effectiveTime>
<value xsi:type="CD" code="{code}" codeSystem="{SNOMED}" displayName="{name}"/>
<entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="EVN"><templateId root="{T}.4.6"/>
<code code="33999-4" codeSystem="2.16.840.1.113883.6.1"/>
<value xsi:type="CD" code="{state}" codeSystem="{SNOMED}"/></observation></entryRelationship>
</observation></entryRelationship></act></entry>"""


def _allergy(name: str, code: str, reaction: str, since: str) -> str:
    return f"""<entry><act classCode="ACT" moodCode="EVN"><templateId root="{T}.4.30"/><statusCode code="active"/>
<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="{T}.4.7"/>
<effectiveTime><low value="{since}"/></effectiveTime><value xsi:type="CD" code="416098002" codeSystem="{SNOMED}"/>
<participant typeCode="CSM"><participantRole><playingEntity><code code="{code}" codeSystem="{RXNORM}"
displayName="{name}"/></playingEntity></participantRole></participant>
<entryRelationship typeCode="MFST" inversionInd="true"><observation classCode="OBS" moodCode="EVN">
<templateId root="{T}.4.9"/><value xsi:type="CD" nullFlavor="UNK"><originalText>{reaction}</originalText></value>
</observation></entryRelationship></observation></entryRelationship></act></entry>"""


def _medicine(name: str, code: str, how: str, since: str) -> str:
    return f"""<entry><substanceAdministration classCode="SBADM" moodCode="EVN"><templateId root="{T}.4.16"/>
<text>{how}</text><statusCode code="active"/><effectiveTime xsi:type="IVL_TS"><low value="{since}"/></effectiveTime>
<consumable><manufacturedProduct><manufacturedMaterial><code code="{code}" codeSystem="{RXNORM}"
displayName="{name}"/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>"""


def _vaccine(name: str, code: str, on: str) -> str:
    return f"""<entry><substanceAdministration classCode="SBADM" moodCode="EVN" negationInd="false">
<templateId root="{T}.4.52"/><statusCode code="completed"/><effectiveTime value="{on}"/>
<consumable><manufacturedProduct><manufacturedMaterial><code code="{code}" codeSystem="2.16.840.1.113883.12.292"
displayName="{name}"/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>"""


def _result(name: str, code: str, value: str, unit: str, on: str) -> str:
    return f"""<entry><organizer classCode="BATTERY" moodCode="EVN"><templateId root="{T}.4.1"/>
<component><observation classCode="OBS" moodCode="EVN"><templateId root="{T}.4.2"/>
<code code="{code}" codeSystem="2.16.840.1.113883.6.1" displayName="{name}"/><statusCode code="completed"/>
<effectiveTime value="{on}"/><value xsi:type="PQ" value="{value}" unit="{unit}"/></observation></component>
</organizer></entry>"""
