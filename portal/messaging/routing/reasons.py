"""The sentence that tells sender and owner why a message went where it went.

It names no diagnosis and nothing hidden. A liaison or relative who may not see the content is told neither which record
matched nor that there is one.
"""

from __future__ import annotations

from collections.abc import Mapping

from portal.messaging.routing.context import Context, Medication, Result
from portal.messaging.routing.destinations import Target
from portal.messaging.routing.plain import medicine_name, result_name
from portal.messaging.routing.types import TRIAGE, Incoming, Reading

REASONS: Mapping[str, tuple[str, str]] = {
    "urgent_emergency": (
        "Sent to the nurse on duty at once because some of what you wrote may need help right now.",
        "Enviado de inmediato a la enfermera de turno porque algo de lo que escribió puede necesitar ayuda ahora mismo.",  # noqa: E501
    ),
    "urgent_same_day": (
        "Sent to the nurse on duty because some of what you wrote may need attention today.",
        "Enviado a la enfermera de turno porque algo de lo que escribió puede necesitar atención hoy.",
    ),
    "portal_support": (
        "Sent to portal support because this is about using the portal or who has access to it.",
        "Enviado a soporte del portal porque se trata del uso del portal o de quién tiene acceso.",
    ),
    "filed": (
        "Filed in the conversation because no answer was asked for.",
        "Guardado en la conversación porque no pide respuesta.",
    ),
    "relative_no_liaison": (
        "Sent to {owner}, who can receive what you tell us; nothing from the chart can be shared in the reply.",
        "Enviado a {owner}, que puede recibir lo que nos cuente; la respuesta no puede incluir datos del expediente.",
    ),
    "relative_confidential": (
        "Sent to {owner}, who can receive what you tell us in confidence; nothing from the chart can be shared in the reply.",  # noqa: E501
        "Enviado a {owner}, que puede recibir en confianza lo que nos cuente; la respuesta no puede incluir datos del expediente.",  # noqa: E501
    ),
    "relative_to_liaison": (
        "Sent to {owner}, whom the patient chose to speak with the family; nothing from the chart can be shared in the reply.",  # noqa: E501
        "Enviado a {owner}, a quien el paciente eligió para hablar con la familia; la respuesta no puede incluir datos del expediente.",  # noqa: E501
    ),
    "safety_concern": (
        "Sent to {owner}, who looks into concerns of this kind in confidence.",
        "Enviado a {owner}, que atiende en confianza este tipo de preocupaciones.",
    ),
    "liaison_out_of_scope": (
        "Sent to {owner}: your shared access does not cover this subject, so nothing from the chart can be shared in the reply.",  # noqa: E501
        "Enviado a {owner}: su acceso compartido no incluye este tema, así que la respuesta no puede incluir datos del expediente.",  # noqa: E501
    ),
    "liaison_summary": (
        "Sent to {owner}, who prepares updates that the liaison passes on.",
        "Enviado a {owner}, que prepara las noticias que el enlace familiar transmite.",
    ),
    "family_to_liaison": (
        "Sent to {owner}, who keeps the family informed for you.",
        "Enviado a {owner}, que mantiene informada a su familia.",
    ),
    "family_to_care_manager": (
        "Sent to {owner}, who handles what the family should and should not be told.",
        "Enviado a {owner}, que se ocupa de lo que la familia debe y no debe saber.",
    ),
    "named_provider": (
        "Sent to {owner} because you asked for {wanted}.",
        "Enviado a {owner} porque usted pidió que lo viera {wanted}.",
    ),
    "ordered_result": (
        "Sent to {owner} because this is about {record}, which {wanted} ordered.",
        "Enviado a {owner} porque se trata de {record}, que pidió {wanted}.",
    ),
    "prescribed": (
        "Sent to {owner} because this is about {record}, which {wanted} prescribed.",
        "Enviado a {owner} porque se trata de {record}, que recetó {wanted}.",
    ),
    "visit_provider": (
        "Sent to {owner} because this is about the visit with {wanted} on {date}.",
        "Enviado a {owner} porque se trata de la cita con {wanted} del {date}.",
    ),
    "recent_visit": (
        "Sent to {owner} because this follows the visit or procedure with {wanted} on {date}.",
        "Enviado a {owner} porque es posterior a la cita o al procedimiento con {wanted} del {date}.",
    ),
    "form_of_visit": (
        "Sent to {owner} because the form is about the care given by {wanted}.",
        "Enviado a {owner} porque el documento se refiere a la atención de {wanted}.",
    ),
    "infusion_visit": (
        "Sent to {owner} because this is about a medicine given at the visit with {wanted}.",
        "Enviado a {owner} porque se trata de un medicamento que se administra en la cita con {wanted}.",
    ),
    "placed_referral": (
        "Sent to {owner} because {wanted} made this referral.",
        "Enviado a {owner} porque {wanted} hizo esta referencia.",
    ),
    "new_referral": (
        "Sent to {owner} because the primary care provider decides on new referrals.",
        "Enviado a {owner} porque el médico de cabecera decide las referencias nuevas.",
    ),
    "symptom": (
        "Sent to the nurse on duty, who answers questions about symptoms.",
        "Enviado a la enfermera de turno, que responde preguntas sobre síntomas.",
    ),
    "form": (
        "Sent to {owner} because the primary care provider completes forms and letters.",
        "Enviado a {owner} porque el médico de cabecera llena formularios y cartas.",
    ),
    "coordination": (
        "Sent to {owner}, who brings the pieces of your care together.",
        "Enviado a {owner}, que coordina las partes de su atención.",
    ),
    "scheduling": (
        "Sent to scheduling because this is about the time or place of a visit.",
        "Enviado a citas porque se trata de la hora o el lugar de una cita.",
    ),
    "billing": (
        "Sent to billing because this is about costs or insurance.",
        "Enviado a facturación porque se trata de costos o del seguro.",
    ),
    "records": (
        "Sent to medical records because this asks for or about copies of the record.",
        "Enviado a archivo médico porque se trata de copias del expediente.",
    ),
    "result_unmatched": (
        "Sent to {owner}, the primary care side of your team, because no recorded test matched.",
        "Enviado a {owner}, de atención primaria, porque no coincidió ningún estudio registrado.",
    ),
    "medicine_unmatched": (
        "Sent to {owner}, the primary care side of your team, because no medicine on the list matched.",
        "Enviado a {owner}, de atención primaria, porque no coincidió ningún medicamento de la lista.",
    ),
    "orderer_unknown": (
        "Sent to {owner}, the primary care side of your team, because the record does not say who ordered this test.",
        "Enviado a {owner}, de atención primaria, porque el expediente no dice quién pidió este estudio.",
    ),
    "prescriber_unknown": (
        "Sent to {owner}, the primary care side of your team, because the record does not say who prescribed it.",
        "Enviado a {owner}, de atención primaria, porque el expediente no dice quién lo recetó.",
    ),
    "visit_unmatched": (
        "Sent to {owner}, the primary care side of your team, because no visit matched.",
        "Enviado a {owner}, de atención primaria, porque no coincidió ninguna cita.",
    ),
    "clinic_rule": (
        "Sent to {owner}, who answers questions like this one at our clinic.",
        "Enviado a {owner}, que responde preguntas como esta en nuestra clínica.",
    ),
    "clinic_table": (
        "Sent to {owner}, who answers questions of this kind at our clinic.",
        "Enviado a {owner}, que responde preguntas de este tipo en nuestra clínica.",
    ),
    "addressed_colleague": ("Sent to {owner}, who was addressed.", "Enviado a {owner}, a quien va dirigido."),
    "team_message": (
        "Sent to {owner} because a message to the team goes to the primary care provider.",
        "Enviado a {owner} porque un mensaje para el equipo va al médico de cabecera.",
    ),
    "provider_to_liaison": (
        "Sent to {owner}, the one person who passes news on to the family.",
        "Enviado a {owner}, la persona que transmite las noticias a la familia.",
    ),
    "provider_to_patient": (
        "Sent to the patient, who decides what to share with the family.",
        "Enviado al paciente, que decide qué compartir con la familia.",
    ),
    "shared_care": (
        "Sent to {owner}, who answers questions of this kind; the reply holds only what your shared access covers.",
        "Enviado a {owner}, que responde este tipo de preguntas; la respuesta incluye solo lo que cubre su acceso compartido.",  # noqa: E501
    ),
}
_AWAY = (" {absent} is away{until}; {owner} is covering.", " {absent} no está{until}; responde {owner}.")
_UNTIL = (" until {date}", " hasta el {date}")
_NOBODY = (
    " Nobody else could be named, so the nurse on duty has it.",
    " No fue posible nombrar a otra persona, así que lo tiene la enfermera de turno.",
)
_POOLS = {
    "nurse_triage": ("the nurse on duty", "la enfermera de turno"), "scheduling": ("scheduling", "citas"),
    "billing": ("billing", "facturación"), "records": ("medical records", "archivo médico"),
    "portal_support": ("portal support", "soporte del portal"), "primary_care": ("the primary care team", "el equipo de atención primaria"),  # noqa: E501
    "care_management": ("the care management team", "el equipo de coordinación"),
}  # fmt: skip
_RECORD_CODES = frozenset(
    {
        "ordered_result",
        "prescribed",
        "visit_provider",
        "recent_visit",
        "form_of_visit",
        "infusion_visit",
        "placed_referral",
        "named_provider",
    }
)
_MONTHS = (
    "January February March April May June July August September October November December".split(),
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split(),
)


def _who(context: Context, key: str, lang: int) -> str:
    if key == "patient":
        return ("the patient", "el paciente")[lang]
    if key.startswith("pool:"):
        pool = key.removeprefix("pool:")
        named = _POOLS.get(pool)
        return named[lang] if named else (f"the {pool.replace('_', ' ')} team", "el equipo de guardia")[lang]
    return context.name_of(key) or ("the care team", "el equipo de atención")[lang]


def _day(iso: str, lang: int) -> str:
    year_month_day = iso.split("-")
    month, day = _MONTHS[lang][int(year_month_day[1]) - 1], int(year_month_day[2])
    return f"{month} {day}" if lang == 0 else f"{day} de {month}"


def _record(record: Medication | Result | None, lang: int) -> str:
    """A record in short, plain words: `metformin`, `the potassium test of November 16`."""
    if record is None:
        return ""
    if isinstance(record, Medication):
        return medicine_name(record.name)
    day = (" of ", " del ")[lang] + _day(record.date.isoformat(), lang) if record.date else ""
    return result_name(record.name, lang) + day


def explain(
    context: Context, message: Incoming, reading: Reading, target: Target, may_see: bool | None
) -> tuple[str, str, dict[str, str]]:
    """(sentence, code, parameters). Parameters hold keys, ids and dates, never words of the message."""
    lang = 1 if message.lang.lower().startswith("es") else 0
    outsider = message.sender_role in {"liaison", "family_other"}
    code = target.code
    if outsider and code in _RECORD_CODES and (target.restricted or may_see is not True):
        code = "shared_care"
    owner_key = target.owner.key if target.owner else ""
    coverage = target.owner.coverage if target.owner else None
    wanted = coverage.absent if coverage else owner_key
    params = {"owner": owner_key, "wanted": wanted}
    words = {"owner": _who(context, owner_key, lang), "wanted": _who(context, wanted, lang)}
    matches = reading.matches
    if code in {"ordered_result", "prescribed"}:
        record = matches.result if code == "ordered_result" else matches.medication
        words["record"] = _record(record, lang)
        params["record"] = (record.id or record.name) if record else ""
    if code in {"visit_provider", "recent_visit"}:
        meant = (matches.recent, matches.visit) if code == "recent_visit" else (matches.visit,)
        visit = next((a for a in (*meant, *context.appointments) if a and a.provider == wanted), None)
        if visit:
            words["date"], params["date"] = _day(visit.date.isoformat(), lang), visit.date.isoformat()
        else:
            code = "shared_care" if outsider else "team_message"
    sentence = REASONS[code][lang].format_map(words)
    if coverage and code != "shared_care":
        until = _UNTIL[lang].format(date=_day(coverage.until, lang)) if coverage.until else ""
        absent = context.name_of(coverage.absent)
        if absent:
            sentence += _AWAY[lang].format(absent=absent, until=until, owner=words["owner"])
        params |= {"absent": coverage.absent, "until": coverage.until or ""}
    if target.owner and target.owner.fallback and owner_key == TRIAGE:
        sentence += _NOBODY[lang]
    return sentence, code, params
