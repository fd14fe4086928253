"""The tests that go through the web on PostgreSQL too, as the program's role and within each member's own reach.

At least one way of writing for every kind of record. The long run takes every other test of the web there as well.
"""

JOURNEYS = {
    "test_a_patient_is_taken_in_with_every_field_and_all_of_it_comes_back",
    "test_a_complete_visit_is_saved_with_its_scores_and_the_draft_is_gone",
    "test_two_who_edit_at_once_see_both_values_and_lose_nothing",
    "test_every_field_is_kept_as_it_is_left_and_comes_back",
    "test_the_same_form_sent_twice_is_one_visit",
    "test_it_is_recorded_with_every_field_and_brought_up_to_date",
    "test_it_is_taken_back_with_a_reason_and_not_without",
    "test_an_ending_is_recorded_told_and_undone",
    "test_an_infusion_is_recorded_with_every_field_and_begins_its_course",
    "test_an_infusion_is_corrected",
    "test_an_infusion_is_taken_back_with_a_reason_and_not_without",
    "test_wrong_passwords_are_counted_and_slowed_down",
    "test_a_form_sent_twice_signs_once",
    "test_nobody_else_signs_or_unlocks",
    "test_a_donor_is_taken_in_shown_and_edited",
    "test_a_recall_is_recorded_with_its_reason_and_once",
    "test_a_file_goes_from_sending_to_the_records_in_four_steps",
    "test_an_invitation_gives_a_link_that_lets_its_person_in",
    "test_who_is_let_go_is_out_at_once_and_may_be_taken_back",
    "test_a_patient_is_invited_to_the_own_page_by_a_clinician",
    "test_two_records_of_one_person_become_one",
    "test_a_carer_reaches_the_patients_page_under_their_own_name",
    "test_a_withdrawn_consent_shuts_the_carer_out_with_the_next_request",
    "test_sent_answers_are_a_visit_with_the_day_of_each",
    "test_too_ill_is_an_answer_once_a_day_and_leaves_the_questions",
    "test_a_tap_a_day",
    "test_own_activities_are_asked_and_scored",
    "test_an_event_is_told_and_seen_by_the_clinic",
    "test_reviewed_with_a_note_and_the_patient_sees_it",
    "test_with_the_number_typed_the_patient_is_erased",
    "test_a_plan_is_put_in_force_and_shown_as_it_was_typed",
    "test_a_definition_is_frozen_when_it_is_written",
    "test_a_new_password_ends_copies_and_other_devices_but_not_this_one",
    "test_opening_a_record_is_written_down",
    "test_an_invitation_is_used_by_its_form_and_once_only",
    "test_one_person_may_act_in_two_places",
}
ON_SQLITE_ALONE: set[str] = set()
