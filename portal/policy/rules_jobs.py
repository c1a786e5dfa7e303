"""What each job may do; people's rules are in `rules`."""

from __future__ import annotations

from portal.policy.actions import Action

# Work without a human. Each kind of job may do what is listed, to any row, and nothing else.
SYSTEM: dict[str, frozenset[Action]] = {
    "appointments.feed": frozenset({Action.APPOINTMENT_FEED_READ}),
    "appointments.look_at_absences": frozenset({Action.APPOINTMENT_UPDATE}),
    "appointments.offer_freed": frozenset(
        {Action.APPOINTMENT_READ, Action.APPOINTMENT_REQUEST_READ, Action.APPOINTMENT_REQUEST_UPDATE}
    ),
    "appointments.remind": frozenset({Action.APPOINTMENT_READ, Action.CAREGIVER_RELATIONSHIP_READ}),
    "appointments.tell_offer": frozenset({Action.APPOINTMENT_REQUEST_READ}),
    "appointments.occupy": frozenset({Action.APPOINTMENT_READ}),
    "appointments.tell_safety": frozenset({Action.DESK_TASK_READ}),
    "appointments.tell_request": frozenset({Action.APPOINTMENT_REQUEST_READ}),
    "appointments.tell_visit": frozenset({Action.APPOINTMENT_READ, Action.CAREGIVER_RELATIONSHIP_READ}),
    # Whoever holds a link or a card comes in through this; what is shown is what its maker may see (PHR-6, PHR-8).
    "binder.open_share": frozenset(
        {
            Action.BINDER_CARD_UPDATE,
            Action.BINDER_NOTE_UPDATE,
            Action.BINDER_SHARE_READ,
            Action.BINDER_SHARE_UPDATE,
            Action.CAREGIVER_RELATIONSHIP_READ,
            Action.DESK_TASK_CREATE,
            Action.PEOPLE_PERSON_READ,
        }
    ),
    "binder.packet": frozenset(
        {
            Action.BINDER_PACKET_READ,
            Action.BINDER_PACKET_UPDATE,
            Action.DESK_TASK_CREATE,
            Action.DESK_TASK_READ,
            Action.DESK_TASK_UPDATE,
        }
    ),
    "binder.scan_paper": frozenset({Action.BINDER_NOTE_READ, Action.BINDER_NOTE_UPDATE}),
    "binder.count_papers": frozenset({Action.BINDER_NOTE_READ}),
    # Whoever holds the code of an invitation acts through this, and may do nothing else by it.
    "caregivers.invitation": frozenset(
        {
            Action.CAREGIVER_INVITATION_ANSWER,
            Action.CAREGIVER_GRANT_UPDATE,
            Action.CAREGIVER_RELATIONSHIP_READ,
            Action.CAREGIVER_EVIDENCE_READ,
            Action.PEOPLE_PERSON_READ,
        }
    ),
    "caregivers.mail_invitation": frozenset({Action.CAREGIVER_INVITATION_READ, Action.CAREGIVER_INVITATION_CREATE}),
    "caregivers.remind": frozenset({Action.CAREGIVER_RELATIONSHIP_READ}),
    "caregivers.keep_ages": frozenset(
        {
            Action.CAREGIVER_GRANT_UPDATE,
            Action.CAREGIVER_INVITATION_CREATE,  # begun for the new adult, who alone can send it
            Action.CAREGIVER_RELATIONSHIP_READ,
        }
    ),
    "caregivers.look_at_limit": frozenset(
        {Action.CAREGIVER_LIMIT_READ, Action.CAREGIVER_LIMIT_UPDATE, Action.CAREGIVER_RELATIONSHIP_READ}
    ),
    "caregivers.handed_over": frozenset({Action.CAREGIVER_RELATIONSHIP_READ}),
    "caregivers.cut": frozenset({Action.FAMILY_UPDATE_READ, Action.MESSAGE_THREAD_READ}),
    "interop.feed": frozenset({Action.INTEROP_IMPORT_CREATE, Action.PEOPLE_PERSON_READ}),
    "interop.import": frozenset({Action.INTEROP_IMPORT_CREATE, Action.PEOPLE_PERSON_READ}),
    "interop.export_schedule": frozenset({Action.APPOINTMENT_READ}),
    "demo.build": frozenset(Action),
    # Who answers is decided on the whole record; only the decision leaves (TAXONOMY.md 5 and 7).
    "messaging.route": frozenset(
        {
            Action.APPOINTMENT_READ,
            Action.CAREGIVER_LIAISON_READ,
            Action.CAREGIVER_RELATIONSHIP_READ,
            Action.MESSAGE_THREAD_READ,
            Action.PEOPLE_CARE_TEAM_READ,
            Action.PEOPLE_PERSON_READ,
            Action.RECORD_CONDITION_READ,
            Action.RECORD_ENCOUNTER_READ,
            Action.RECORD_MEDICATION_READ,
            Action.RECORD_PROCEDURE_READ,
            Action.RECORD_REFERRAL_READ,
            Action.RESULT_READ,
        }
    ),
    "medicines.expire": frozenset(
        {Action.MEDICINE_RENEWAL_READ, Action.MEDICINE_RENEWAL_DECIDE, Action.MESSAGE_THREAD_READ}
    ),
    # A paper is compared with all there are of that record, those its bringer may not see among them.
    "outside.compare": frozenset({Action.OUTSIDE_LINE_READ, Action.OUTSIDE_PAPER_READ}),
    "outside.scan_paper": frozenset({Action.OUTSIDE_LINE_READ, Action.OUTSIDE_PAPER_READ}),
    "outside.take_paper": frozenset(
        {Action.BINDER_NOTE_READ, Action.OUTSIDE_PAPER_CREATE, Action.OUTSIDE_PAPER_READ, Action.PEOPLE_PERSON_READ}
    ),
    "outside.tell_clinician": frozenset({Action.OUTSIDE_PAPER_READ, Action.PEOPLE_PERSON_READ}),
    "outside.tell_decided": frozenset({Action.OUTSIDE_PAPER_READ}),
    "messaging.cover_absence": frozenset(
        {Action.MESSAGE_THREAD_READ, Action.MESSAGE_THREAD_PASS_ON, Action.PEOPLE_PERSON_READ}
    ),
    "records.watch_amendments": frozenset(
        {
            Action.DESK_TASK_CREATE,
            Action.DESK_TASK_READ,
            Action.PEOPLE_PERSON_READ,
            Action.RECORD_AMENDMENT_READ,
        }
    ),
    "results.hold_new": frozenset({Action.RESULT_HOLD_READ, Action.RESULT_READ, Action.RESULT_WISH_READ}),
    # When reports came, of all patients: what they say is looked at by nobody.
    "results.measure": frozenset({Action.RESULT_READ}),
    "results.tell_caregivers": frozenset({Action.RESULT_READ, Action.CAREGIVER_RELATIONSHIP_READ}),
    "results.tell_readers": frozenset({Action.RESULT_READ, Action.CAREGIVER_RELATIONSHIP_READ}),
    "results.watch_critical": frozenset({Action.DESK_TASK_CREATE, Action.DESK_TASK_READ, Action.RESULT_READ}),
    "notifications.gather": frozenset({Action.MESSAGE_THREAD_READ, Action.RESULT_READ}),
    "messaging.tell_again": frozenset({Action.MESSAGE_THREAD_READ}),
    "messaging.watch_unopened": frozenset({Action.DESK_TASK_CREATE, Action.DESK_TASK_READ, Action.MESSAGE_THREAD_READ}),
    "messaging.tell_owner": frozenset({Action.MESSAGE_THREAD_READ, Action.CAREGIVER_RELATIONSHIP_READ}),
    "messaging.count_files": frozenset({Action.MESSAGE_FILE_READ}),
    "messaging.drop_forgotten_files": frozenset({Action.MESSAGE_FILE_UPDATE}),
    "messaging.make_thumbnail": frozenset({Action.MESSAGE_FILE_READ, Action.MESSAGE_FILE_UPDATE}),
    "messaging.scan_attachment": frozenset(
        {Action.MESSAGE_FILE_READ, Action.MESSAGE_FILE_UPDATE, Action.MESSAGE_THREAD_READ}
    ),
    "messaging.tell_answered": frozenset({Action.MESSAGE_THREAD_READ}),
    "messaging.answer_came": frozenset({Action.CAREGIVER_RELATIONSHIP_READ, Action.MESSAGE_THREAD_READ}),
    "messaging.liaison_changed": frozenset(
        {Action.MESSAGE_THREAD_READ, Action.MESSAGE_THREAD_PASS_ON, Action.PEOPLE_PERSON_READ}
    ),
    "messaging.tell_update": frozenset({Action.CAREGIVER_RELATIONSHIP_READ, Action.FAMILY_UPDATE_READ}),
    "messaging.check_answered": frozenset(
        {Action.MESSAGE_THREAD_READ, Action.MESSAGE_THREAD_PASS_ON, Action.PEOPLE_PERSON_READ}
    ),
    "messaging.replay_table": frozenset(
        {Action.ADMIN_ROUTING_READ, Action.ADMIN_ROUTING_UPDATE, Action.MESSAGE_THREAD_READ}
    ),
    "messaging.watch_orphans": frozenset({Action.MESSAGE_THREAD_READ, Action.MESSAGE_THREAD_PASS_ON}),
}
