"""All tables. One module an area; nothing here decides anything."""

from portal.models.accounts import Account, Identity, Invitation, WebSession
from portal.models.appointments import Appointment
from portal.models.attachments import Attachment, AttachmentContent
from portal.models.audit import AuditEvent, AuditSeal
from portal.models.base import Base, is_patient_owned
from portal.models.caregivers import (
    AccessEvidence,
    AccessInvitation,
    AccessSignature,
    Relationship,
    RelationshipScope,
)
from portal.models.desk import QuickText, SideQuestion, Task, ThreadOffer
from portal.models.filing import Filing, Folder
from portal.models.liaison import FamilyUpdate, FamilyUpdateReader, LiaisonMode
from portal.models.messaging import Draft, Message, RouteStep, Thread, ThreadUnread
from portal.models.notifications import Delivery
from portal.models.outbox import Job, PatientKey
from portal.models.people import Absence, CareTeamMember, Organization, Person, Pool, PoolMember, Practitioner
from portal.models.provider import (
    AuthorizationCode,
    OAuthClient,
    OAuthToken,
    Passkey,
    PasswordReset,
    ProviderSession,
    ProviderUser,
    RecoveryCode,
    SigningKey,
    Throttle,
)
from portal.models.records import (
    Allergy,
    CarePlan,
    Condition,
    DirectoryIdentifier,
    DirectoryResource,
    Document,
    Encounter,
    Entry,
    Goal,
    Immunization,
    ImportRun,
    Medication,
    Procedure,
    Referral,
    SourceResource,
    SourceVersion,
)
from portal.models.results import Report, ReportUnread, Result, ResultComment
from portal.models.routing import RoutingVersion

__all__ = [
    "Absence",
    "AccessEvidence",
    "AccessInvitation",
    "AccessSignature",
    "Account",
    "Allergy",
    "Appointment",
    "Attachment",
    "AttachmentContent",
    "AuditEvent",
    "AuditSeal",
    "AuthorizationCode",
    "Base",
    "CarePlan",
    "CareTeamMember",
    "Condition",
    "Delivery",
    "DirectoryIdentifier",
    "DirectoryResource",
    "Document",
    "Draft",
    "Encounter",
    "Entry",
    "FamilyUpdate",
    "FamilyUpdateReader",
    "Filing",
    "Folder",
    "Goal",
    "Identity",
    "Immunization",
    "ImportRun",
    "Invitation",
    "Job",
    "LiaisonMode",
    "Medication",
    "Message",
    "OAuthClient",
    "OAuthToken",
    "Organization",
    "Passkey",
    "PasswordReset",
    "PatientKey",
    "Person",
    "Pool",
    "PoolMember",
    "Practitioner",
    "Procedure",
    "ProviderSession",
    "ProviderUser",
    "QuickText",
    "RecoveryCode",
    "Referral",
    "Relationship",
    "RelationshipScope",
    "Report",
    "ReportUnread",
    "Result",
    "ResultComment",
    "RouteStep",
    "RoutingVersion",
    "SideQuestion",
    "SigningKey",
    "SourceResource",
    "SourceVersion",
    "Task",
    "Thread",
    "ThreadOffer",
    "ThreadUnread",
    "Throttle",
    "WebSession",
    "is_patient_owned",
]
