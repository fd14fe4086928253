CREATE FUNCTION reach_everything() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $body$SELECT coalesce(current_setting('app.reach', true) = 'everything', false)$body$
-- next
CREATE FUNCTION reach_door() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $body$SELECT coalesce(current_setting('app.reach', true) = 'door', false)$body$
-- next
CREATE FUNCTION reach_anybody() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $body$SELECT coalesce(current_setting('app.reach', true), '') <> ''$body$
-- next
CREATE FUNCTION reach_clinic() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $body$SELECT CASE WHEN current_setting('app.reach', true) = 'clinic' THEN nullif(current_setting('app.clinic', true), '')::uuid END$body$
-- next
CREATE FUNCTION reach_home() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $body$SELECT CASE WHEN coalesce(current_setting('app.reach', true), '') <> '' THEN nullif(current_setting('app.clinic', true), '')::uuid END$body$
-- next
CREATE FUNCTION reach_releases() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $body$SELECT CASE WHEN current_setting('app.reach', true) = 'releases' THEN nullif(current_setting('app.clinic', true), '')::uuid END$body$
-- next
CREATE FUNCTION reach_patient() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $body$SELECT CASE WHEN current_setting('app.reach', true) = 'patient' THEN nullif(current_setting('app.patient', true), '')::uuid END$body$
-- next
CREATE FUNCTION reach_member() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $body$SELECT CASE WHEN coalesce(current_setting('app.reach', true), '') <> '' THEN nullif(current_setting('app.member', true), '')::uuid END$body$
-- next
CREATE FUNCTION reach_user() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $body$SELECT CASE WHEN coalesce(current_setting('app.reach', true), '') <> '' THEN nullif(current_setting('app.user', true), '')::uuid END$body$
-- next
CREATE FUNCTION reach_actor() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $body$SELECT CASE WHEN coalesce(current_setting('app.reach', true), '') <> '' THEN nullif(current_setting('app.actor', true), '') END$body$
-- next
CREATE FUNCTION reach_address() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $body$SELECT CASE WHEN coalesce(current_setting('app.reach', true), '') <> '' THEN nullif(current_setting('app.address', true), '') END$body$
-- next
ALTER TABLE anchor_mark ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE anchor_mark FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE audit_entry FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE audit_seal ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE audit_seal FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE chain_head ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE chain_head FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE clinic ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE clinic FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE sign_in_attempt ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE sign_in_attempt FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE user_account ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE user_account FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE account_link ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE account_link FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE challenge ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE challenge FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE donor ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE donor FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE idempotency_key ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE idempotency_key FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE import_mapping ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE import_mapping FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE passkey ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE passkey FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE patient ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE patient FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE protocol ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE protocol FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE recovery_code ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE recovery_code FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE release ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE release FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE responder_definition ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE responder_definition FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE sign_in ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE sign_in FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE used_code ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE used_code FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE arm ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE arm FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE case_definition ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE case_definition FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE consent ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE consent FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE course ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE course FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE donor_screening ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE donor_screening FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE exposure ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE exposure FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE lot ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE lot FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE membership ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE membership FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE name_prefix ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE name_prefix FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE own_activity ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE own_activity FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE patient_ending ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE patient_ending FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE patient_key ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE patient_key FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE release_secret ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE release_secret FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE diary_day ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE diary_day FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE draft ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE draft FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE import_run ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE import_run FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE infusion ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE infusion FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE invitation ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE invitation FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE read_log ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE read_log FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE release_approval ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE release_approval FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE release_script ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE release_script FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE release_taking ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE release_taking FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE reminder ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE reminder FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE adverse_event ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE adverse_event FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE visit ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE visit FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE activity_score ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE activity_score FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE assessment ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE assessment FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE self_report ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE self_report FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE signature ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE signature FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE score ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE score FORCE ROW LEVEL SECURITY
-- next
ALTER TABLE signature_void ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE signature_void FORCE ROW LEVEL SECURITY
-- next
CREATE POLICY reach_write ON anchor_mark FOR ALL USING (( SELECT reach_everything() AS reach_everything)) WITH CHECK (( SELECT reach_everything() AS reach_everything))
-- next
CREATE POLICY reach_read ON anchor_mark FOR SELECT USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_add ON audit_entry FOR INSERT WITH CHECK (((clinic_id = ( SELECT reach_home() AS reach_home)) OR ((clinic_id = '00000000-0000-0000-0000-000000000000'::uuid) AND ( SELECT reach_anybody() AS reach_anybody)) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_read ON audit_entry FOR SELECT USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR (((clinic_id = ( SELECT reach_home() AS reach_home)) OR ((clinic_id = '00000000-0000-0000-0000-000000000000'::uuid) AND ( SELECT reach_anybody() AS reach_anybody))) AND ((actor)::text = ( SELECT reach_actor() AS reach_actor))) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_add ON audit_seal FOR INSERT WITH CHECK (((clinic_id = ( SELECT reach_home() AS reach_home)) OR ((clinic_id = '00000000-0000-0000-0000-000000000000'::uuid) AND ( SELECT reach_anybody() AS reach_anybody)) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_read ON audit_seal FOR SELECT USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON chain_head FOR ALL USING (((clinic_id = ( SELECT reach_home() AS reach_home)) OR ((clinic_id = '00000000-0000-0000-0000-000000000000'::uuid) AND ( SELECT reach_anybody() AS reach_anybody)) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_home() AS reach_home)) OR ((clinic_id = '00000000-0000-0000-0000-000000000000'::uuid) AND ( SELECT reach_anybody() AS reach_anybody)) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON clinic FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_read ON clinic FOR SELECT USING (((clinic_id = ( SELECT reach_home() AS reach_home)) OR ( SELECT reach_door() AS reach_door) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON sign_in_attempt FOR ALL USING (( SELECT reach_anybody() AS reach_anybody)) WITH CHECK (( SELECT reach_anybody() AS reach_anybody))
-- next
CREATE POLICY reach_write ON user_account FOR ALL USING (((id = ( SELECT reach_user() AS reach_user)) OR (id IN ( SELECT membership.user_id FROM membership WHERE (membership.clinic_id = ( SELECT reach_clinic() AS reach_clinic)))) OR ((email)::text = ( SELECT reach_address() AS reach_address)) OR ( SELECT reach_door() AS reach_door) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((id = ( SELECT reach_user() AS reach_user)) OR (id IN ( SELECT membership.user_id FROM membership WHERE (membership.clinic_id = ( SELECT reach_clinic() AS reach_clinic)))) OR ((email)::text = ( SELECT reach_address() AS reach_address)) OR ( SELECT reach_door() AS reach_door) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON account_link FOR ALL USING (((user_id = ( SELECT reach_user() AS reach_user)) OR (user_id IN ( SELECT membership.user_id FROM membership WHERE (membership.clinic_id = ( SELECT reach_clinic() AS reach_clinic)))) OR ( SELECT reach_door() AS reach_door) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((user_id = ( SELECT reach_user() AS reach_user)) OR (user_id IN ( SELECT membership.user_id FROM membership WHERE (membership.clinic_id = ( SELECT reach_clinic() AS reach_clinic)))) OR ( SELECT reach_door() AS reach_door) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON challenge FOR ALL USING (((user_id = ( SELECT reach_user() AS reach_user)) OR (user_id IN ( SELECT membership.user_id FROM membership WHERE (membership.clinic_id = ( SELECT reach_clinic() AS reach_clinic)))) OR ( SELECT reach_door() AS reach_door) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((user_id = ( SELECT reach_user() AS reach_user)) OR (user_id IN ( SELECT membership.user_id FROM membership WHERE (membership.clinic_id = ( SELECT reach_clinic() AS reach_clinic)))) OR ( SELECT reach_door() AS reach_door) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON donor FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON idempotency_key FOR ALL USING (((clinic_id = ( SELECT reach_home() AS reach_home)) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_home() AS reach_home)) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON import_mapping FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON passkey FOR ALL USING (((user_id = ( SELECT reach_user() AS reach_user)) OR (user_id IN ( SELECT membership.user_id FROM membership WHERE (membership.clinic_id = ( SELECT reach_clinic() AS reach_clinic)))) OR ( SELECT reach_door() AS reach_door) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((user_id = ( SELECT reach_user() AS reach_user)) OR (user_id IN ( SELECT membership.user_id FROM membership WHERE (membership.clinic_id = ( SELECT reach_clinic() AS reach_clinic)))) OR ( SELECT reach_door() AS reach_door) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON patient FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON protocol FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_read ON protocol FOR SELECT USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (( SELECT reach_patient() AS reach_patient) IS NOT NULL)) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON recovery_code FOR ALL USING (((user_id = ( SELECT reach_user() AS reach_user)) OR (user_id IN ( SELECT membership.user_id FROM membership WHERE (membership.clinic_id = ( SELECT reach_clinic() AS reach_clinic)))) OR ( SELECT reach_door() AS reach_door) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((user_id = ( SELECT reach_user() AS reach_user)) OR (user_id IN ( SELECT membership.user_id FROM membership WHERE (membership.clinic_id = ( SELECT reach_clinic() AS reach_clinic)))) OR ( SELECT reach_door() AS reach_door) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON release FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_read ON release FOR SELECT USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR (clinic_id = ( SELECT reach_releases() AS reach_releases)) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON responder_definition FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON sign_in FOR ALL USING (((user_id = ( SELECT reach_user() AS reach_user)) OR (user_id IN ( SELECT membership.user_id FROM membership WHERE (membership.clinic_id = ( SELECT reach_clinic() AS reach_clinic)))) OR ( SELECT reach_door() AS reach_door) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((user_id = ( SELECT reach_user() AS reach_user)) OR (user_id IN ( SELECT membership.user_id FROM membership WHERE (membership.clinic_id = ( SELECT reach_clinic() AS reach_clinic)))) OR ( SELECT reach_door() AS reach_door) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON used_code FOR ALL USING (((user_id = ( SELECT reach_user() AS reach_user)) OR (user_id IN ( SELECT membership.user_id FROM membership WHERE (membership.clinic_id = ( SELECT reach_clinic() AS reach_clinic)))) OR ( SELECT reach_door() AS reach_door) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((user_id = ( SELECT reach_user() AS reach_user)) OR (user_id IN ( SELECT membership.user_id FROM membership WHERE (membership.clinic_id = ( SELECT reach_clinic() AS reach_clinic)))) OR ( SELECT reach_door() AS reach_door) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON arm FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON case_definition FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON consent FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_read ON consent FOR SELECT USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR (( SELECT reach_door() AS reach_door) AND ((purpose)::text = 'carer_access'::text)) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON course FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON donor_screening FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON exposure FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON lot FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON membership FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND ( SELECT reach_door() AS reach_door)) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND ( SELECT reach_door() AS reach_door)) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_read ON membership FOR SELECT USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (id = ( SELECT reach_member() AS reach_member))) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id IS NULL) AND (( SELECT reach_patient() AS reach_patient) IS NOT NULL)) OR ( SELECT reach_door() AS reach_door) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON name_prefix FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON own_activity FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON patient_ending FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON patient_key FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON release_secret FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON diary_day FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON draft FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (membership_id = ( SELECT reach_member() AS reach_member))) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (membership_id = ( SELECT reach_member() AS reach_member))) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON import_run FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON infusion FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON invitation FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND ( SELECT reach_door() AS reach_door)) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND ( SELECT reach_door() AS reach_door)) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_read ON invitation FOR SELECT USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ( SELECT reach_door() AS reach_door) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON read_log FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON release_approval FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON release_script FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_releases() AS reach_releases)) AND (membership_id = ( SELECT reach_member() AS reach_member))) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_releases() AS reach_releases)) AND (membership_id = ( SELECT reach_member() AS reach_member))) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON release_taking FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_releases() AS reach_releases)) AND (membership_id = ( SELECT reach_member() AS reach_member))) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_releases() AS reach_releases)) AND (membership_id = ( SELECT reach_member() AS reach_member))) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON reminder FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON adverse_event FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON visit FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON activity_score FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON assessment FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON self_report FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON signature FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON score FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything)))
-- next
CREATE POLICY reach_write ON signature_void FOR ALL USING (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything))) WITH CHECK (((clinic_id = ( SELECT reach_clinic() AS reach_clinic)) OR ((clinic_id = ( SELECT reach_home() AS reach_home)) AND (patient_id = ( SELECT reach_patient() AS reach_patient))) OR ( SELECT reach_everything() AS reach_everything)))