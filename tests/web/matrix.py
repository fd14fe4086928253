"""The policy as a table: every route of the house and whom it admits. A route that is not here fails the tests.

A route's record ids are the `<uuid:…>` of its address; `tests/web/world.py` knows one of each for every variant.
"""

from outcomes.access.rules import Access

EVERYONE = """
accounts.accept_invitation accounts.choose_language accounts.choose_theme accounts.health accounts.invitation
accounts.login accounts.sign_in_demo accounts.start accounts.try_sign_in accounts.logout accounts.forgotten
accounts.letter accounts.link_page accounts.new_password accounts.passkey_options accounts.policy_report
accounts.send_link accounts.send_reset
accounts.set_new_password accounts.use_link accounts.use_passkey
portal.end_letters portal.letters
"""

SIGNED_IN = """
accounts.account accounts.change_password accounts.choose_place accounts.end_other_sign_ins accounts.end_sign_in
accounts.awake accounts.new_codes accounts.prove accounts.remove_app accounts.remove_passkey
accounts.token clinic.instrument clinic.instruments
"""

CLINICIANS = """
clinic.clinic_as_redcap
clinic.amend_answers clinic.cohort clinic.cohort_figure clinic.correct clinic.remove_visit clinic.visit
clinic.sign_visit clinic.unlock_visit
clinic.add_donor clinic.add_lot clinic.add_screening clinic.change_donor clinic.change_event clinic.change_exposure
clinic.change_patient clinic.change_treatment clinic.donors clinic.edit_donor clinic.edit_event clinic.edit_exposure
clinic.edit_patient clinic.edit_treatment clinic.ending clinic.enrol_patient clinic.history clinic.invite_patient
clinic.keep_draft clinic.new_donor clinic.new_event clinic.new_exposure clinic.new_lot clinic.new_patient
clinic.invite_carer clinic.new_carer_account
clinic.new_patient_account clinic.new_screening clinic.new_treatment clinic.new_visit clinic.one_donor clinic.patient
clinic.patients clinic.recall clinic.recall_lot clinic.record_ending clinic.record_exposure clinic.record_treatment
clinic.remove_event clinic.remove_exposure clinic.remove_treatment clinic.report_new_event clinic.save_visit
clinic.search clinic.self_report clinic.review_report clinic.undo_ending clinic.worklist
clinic.check_import clinic.choose_columns clinic.discard_import clinic.import_columns clinic.import_progress
clinic.imports clinic.run_import clinic.send_file
clinic.check_record clinic.discard_record clinic.record_file clinic.send_record clinic.take_record_in
clinic.patient_as_fhir
"""

ADMINISTRATORS = """
clinic.audit clinic.backup clinic.erase
clinic.erase_for_good clinic.start_verification clinic.verification clinic.verification_progress
clinic.change_protocol clinic.define clinic.invite_again clinic.invite_person clinic.let_go clinic.merge
clinic.merge_records clinic.responder_definitions
research.approve_release research.look_at_script research.demand_persons research.lay_release_aside research.new_release
research.prepare_release research.release_again research.release_progress
clinic.new_person clinic.people clinic.record_one_factor clinic.reset_second_factor clinic.protocol clinic.take_back_in
"""

PATIENTS = """
portal.consent portal.consents portal.dates portal.record_as_csv portal.record_as_fhir portal.summary
portal.summary_as_pdf portal.withdraw_consent portal.give_consent portal.new_consent
portal.add_activity portal.answer portal.begin portal.choose_sight portal.end_activity portal.keep_answer portal.me
portal.own_activities_list portal.own_diary portal.own_events portal.questionnaire portal.questionnaires portal.send
portal.send_short portal.short portal.take_back_event portal.tap portal.tell_event portal.too_ill
"""

RESEARCHERS = ""

RELEASES = """
research.desk research.release research.risk research.send_script research.take_release
"""

SECOND_FACTOR = "accounts.give_second_factor accounts.second_factor"

SETTING_UP = """
accounts.add_passkey accounts.confirm_app accounts.factors accounts.new_passkey_options accounts.start_app
"""

UNLOCKING = "accounts.locked accounts.unlock"

ROUTES: dict[str, Access] = {
    endpoint: access
    for access, endpoints in (
        (Access.EVERYONE, EVERYONE),
        (Access.SIGNED_IN, SIGNED_IN),
        (Access.CLINICIANS, CLINICIANS),
        (Access.ADMINISTRATORS, ADMINISTRATORS),
        (Access.PATIENTS, PATIENTS),
        (Access.RESEARCHERS, RESEARCHERS),
        (Access.RELEASES, RELEASES),
        (Access.SECOND_FACTOR, SECOND_FACTOR),
        (Access.SETTING_UP, SETTING_UP),
        (Access.UNLOCKING, UNLOCKING),
    )
    for endpoint in endpoints.split()
}

# What stands in the place of an address's other parts.
SAMPLES = {
    "purpose": "reminders",
    "point": "month_12",
    "token": "x",
    "code": "chalder11",
    "name": "spaghetti",
    "scale": "chalder11.likert",
}
