"""Everything anybody may ask to do: `<area>:<thing>:<verb>`, alphabetical. Only `read` may hang on a GET."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    ADMIN_ACCOUNT_READ = "admin:account:read"
    ADMIN_ACCOUNT_UPDATE = "admin:account:update"
    ADMIN_INVITATION_CREATE = "admin:invitation:create"
    ADMIN_ROUTING_READ = "admin:routing:read"
    ADMIN_ROUTING_UPDATE = "admin:routing:update"
    APPOINTMENT_READ = "appointments:appointment:read"
    CAREGIVER_RELATIONSHIP_READ = "caregivers:relationship:read"
    DESK_THREAD_READ = "desk:thread:read"
    IDENTITY_PROFILE_READ = "identity:profile:read"
    IDENTITY_PROFILE_UPDATE = "identity:profile:update"
    IDENTITY_SESSION_END = "identity:session:end"
    INTEROP_IMPORT_CREATE = "interop:import:create"
    MESSAGE_DRAFT_READ = "messages:draft:read"
    MESSAGE_DRAFT_UPDATE = "messages:draft:update"
    MESSAGE_NOTE_CREATE = "messages:note:create"
    MESSAGE_NOTE_READ = "messages:note:read"
    MESSAGE_THREAD_CLAIM = "messages:thread:claim"
    MESSAGE_THREAD_CLOSE = "messages:thread:close"
    MESSAGE_THREAD_CREATE = "messages:thread:create"
    MESSAGE_THREAD_PASS_ON = "messages:thread:pass_on"
    MESSAGE_THREAD_READ = "messages:thread:read"
    MESSAGE_THREAD_REPLY = "messages:thread:reply"
    PEOPLE_CARE_TEAM_READ = "people:care_team:read"
    PEOPLE_PERSON_READ = "people:person:read"
    PEOPLE_PERSON_SEARCH = "people:person:search"
    RECORD_ALLERGY_READ = "records:allergy:read"
    RECORD_CARE_PLAN_READ = "records:care_plan:read"
    RECORD_CONDITION_READ = "records:condition:read"
    RECORD_DOCUMENT_READ = "records:document:read"
    RECORD_ENCOUNTER_READ = "records:encounter:read"
    RECORD_IMMUNIZATION_READ = "records:immunization:read"
    RECORD_MEDICATION_READ = "records:medication:read"
    RECORD_PROCEDURE_READ = "records:procedure:read"
    RECORD_REFERRAL_READ = "records:referral:read"
    RESULT_COMMENT_CREATE = "results:comment:create"
    RESULT_READ = "results:result:read"

    @property
    def is_read(self) -> bool:
        """Whether this only looks. Everything else changes something and needs a POST."""
        return self.value.endswith(":read")
