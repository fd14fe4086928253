CREATE FUNCTION audit_row() RETURNS trigger LANGUAGE plpgsql SET TimeZone='UTC' SET bytea_output='hex' AS $body$
DECLARE
    old_row jsonb;
    new_row jsonb;
    clinic uuid;
    key text := '';
    name text;
    batch text := current_setting('app.batch', true);
    entry integer;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD IS NOT DISTINCT FROM NEW THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        old_row := to_jsonb(OLD);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        new_row := to_jsonb(NEW);
    END IF;
    clinic := coalesce(coalesce(new_row, old_row) ->> 'clinic_id', '00000000000000000000000000000000');
    IF TG_OP = 'UPDATE' AND old_row ->> 'clinic_id' IS DISTINCT FROM new_row ->> 'clinic_id' THEN
        RAISE restrict_violation USING MESSAGE = 'keys of ' || TG_ARGV[0] || ' never change';
    END IF;
    FOREACH name IN ARRAY string_to_array(TG_ARGV[1] || ',' || TG_ARGV[2], ',') LOOP
        CONTINUE WHEN name = '';
        IF TG_OP = 'UPDATE' AND old_row ->> name IS DISTINCT FROM new_row ->> name THEN
            RAISE restrict_violation USING MESSAGE = 'keys of ' || TG_ARGV[0] || ' never change';
        END IF;
        key := key || '/' || CASE WHEN name = ANY (string_to_array(TG_ARGV[2], ','))
            THEN coalesce(new_row, old_row) ->> name ELSE replace(coalesce(new_row, old_row) ->> name, '-', '') END;
    END LOOP;
    FOREACH name IN ARRAY string_to_array(TG_ARGV[3], ',') LOOP
        IF old_row ->> name IS NOT NULL THEN
            old_row := jsonb_set(old_row, ARRAY[name],
                to_jsonb(encode(sha256(convert_to(old_row ->> name, 'UTF8')), 'hex')));
        END IF;
        IF new_row ->> name IS NOT NULL THEN
            new_row := jsonb_set(new_row, ARRAY[name],
                to_jsonb(encode(sha256(convert_to(new_row ->> name, 'UTF8')), 'hex')));
        END IF;
    END LOOP;
    FOREACH name IN ARRAY string_to_array(TG_ARGV[4], ',') LOOP
        IF old_row ->> name IS NOT NULL THEN
            old_row := jsonb_set(old_row, ARRAY[name], to_jsonb(CASE WHEN starts_with(old_row ->> name, 'keyed:') THEN old_row ->> name ELSE 'keyed:' || encode(sha256(decode(current_setting('app.outer'), 'hex') || sha256(decode(current_setting('app.inner'), 'hex') || convert_to(old_row ->> name, 'UTF8'))), 'hex') END));
        END IF;
        IF new_row ->> name IS NOT NULL THEN
            new_row := jsonb_set(new_row, ARRAY[name], to_jsonb(CASE WHEN starts_with(new_row ->> name, 'keyed:') THEN new_row ->> name ELSE 'keyed:' || encode(sha256(decode(current_setting('app.outer'), 'hex') || sha256(decode(current_setting('app.inner'), 'hex') || convert_to(new_row ->> name, 'UTF8'))), 'hex') END));
        END IF;
    END LOOP;
    IF coalesce(batch, '') = '' THEN
        batch := left(replace(gen_random_uuid()::text, '-', ''), 24);
        PERFORM set_config('app.batch', batch, true), set_config('app.entries', '0', true),
            set_config('app.clinics', '', true);
    END IF;
    entry := current_setting('app.entries')::integer + 1;
    PERFORM set_config('app.entries', entry::text, true);
    IF position(clinic::text IN current_setting('app.clinics')) = 0 THEN
        PERFORM set_config('app.clinics', current_setting('app.clinics') || clinic || ' ', true);
    END IF;
    INSERT INTO audit_entry (clinic_id, id, at, actor, reason, table_name, row_id, operation, old, new)
    VALUES (clinic, (batch || lpad(to_hex(entry), 8, '0'))::uuid,
        to_char(clock_timestamp(), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        nullif(current_setting('app.actor', true), ''), nullif(current_setting('app.reason', true), ''),
        TG_ARGV[0], substr(key, 2), lower(TG_OP), old_row::text, new_row::text);
    RETURN NULL;
END
$body$
-- next
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE restrict_violation USING MESSAGE = TG_ARGV[0];
END
$body$
-- next
CREATE TRIGGER audit_clinic AFTER INSERT OR DELETE OR UPDATE ON clinic FOR EACH ROW EXECUTE FUNCTION audit_row('clinic', 'clinic_id', '', '', '')
-- next
CREATE TRIGGER guard_clinic_truncate BEFORE TRUNCATE ON clinic FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('clinic is never truncated')
-- next
CREATE TRIGGER audit_user_account AFTER INSERT OR DELETE OR UPDATE ON user_account FOR EACH ROW EXECUTE FUNCTION audit_row('user_account', 'id', '', 'password_hash,uniquifier,second_factor_secret', 'email')
-- next
CREATE TRIGGER guard_user_account_truncate BEFORE TRUNCATE ON user_account FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('user_account is never truncated')
-- next
CREATE TRIGGER audit_donor AFTER INSERT OR DELETE OR UPDATE ON donor FOR EACH ROW EXECUTE FUNCTION audit_row('donor', 'id', '', '', '')
-- next
CREATE TRIGGER guard_donor_truncate BEFORE TRUNCATE ON donor FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('donor is never truncated')
-- next
CREATE TRIGGER audit_import_mapping AFTER INSERT OR DELETE OR UPDATE ON import_mapping FOR EACH ROW EXECUTE FUNCTION audit_row('import_mapping', 'id', '', '', '')
-- next
CREATE TRIGGER guard_import_mapping_truncate BEFORE TRUNCATE ON import_mapping FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('import_mapping is never truncated')
-- next
CREATE TRIGGER audit_passkey AFTER INSERT OR DELETE OR UPDATE ON passkey FOR EACH ROW EXECUTE FUNCTION audit_row('passkey', 'id', '', '', 'name')
-- next
CREATE TRIGGER guard_passkey_truncate BEFORE TRUNCATE ON passkey FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('passkey is never truncated')
-- next
CREATE TRIGGER audit_patient AFTER INSERT OR DELETE OR UPDATE ON patient FOR EACH ROW EXECUTE FUNCTION audit_row('patient', 'id', '', '', 'code')
-- next
CREATE TRIGGER guard_patient_truncate BEFORE TRUNCATE ON patient FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('patient is never truncated')
-- next
CREATE TRIGGER audit_protocol AFTER INSERT OR DELETE OR UPDATE ON protocol FOR EACH ROW EXECUTE FUNCTION audit_row('protocol', 'id', '', '', '')
-- next
CREATE TRIGGER guard_protocol_truncate BEFORE TRUNCATE ON protocol FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('protocol is never truncated')
-- next
CREATE TRIGGER audit_recovery_code AFTER INSERT OR DELETE OR UPDATE ON recovery_code FOR EACH ROW EXECUTE FUNCTION audit_row('recovery_code', 'id', '', 'code_hash', '')
-- next
CREATE TRIGGER guard_recovery_code_truncate BEFORE TRUNCATE ON recovery_code FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('recovery_code is never truncated')
-- next
CREATE TRIGGER audit_release AFTER INSERT OR DELETE OR UPDATE ON release FOR EACH ROW EXECUTE FUNCTION audit_row('release', 'id', '', '', '')
-- next
CREATE TRIGGER guard_release_truncate BEFORE TRUNCATE ON release FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('release is never truncated')
-- next
CREATE TRIGGER audit_responder_definition AFTER INSERT OR DELETE OR UPDATE ON responder_definition FOR EACH ROW EXECUTE FUNCTION audit_row('responder_definition', 'id', '', '', '')
-- next
CREATE TRIGGER guard_responder_definition_truncate BEFORE TRUNCATE ON responder_definition FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('responder_definition is never truncated')
-- next
CREATE TRIGGER audit_arm AFTER INSERT OR DELETE OR UPDATE ON arm FOR EACH ROW EXECUTE FUNCTION audit_row('arm', 'id', '', '', '')
-- next
CREATE TRIGGER guard_arm_truncate BEFORE TRUNCATE ON arm FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('arm is never truncated')
-- next
CREATE TRIGGER audit_case_definition AFTER INSERT OR DELETE OR UPDATE ON case_definition FOR EACH ROW EXECUTE FUNCTION audit_row('case_definition', 'id', '', '', '')
-- next
CREATE TRIGGER guard_case_definition_truncate BEFORE TRUNCATE ON case_definition FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('case_definition is never truncated')
-- next
CREATE TRIGGER audit_consent AFTER INSERT OR DELETE OR UPDATE ON consent FOR EACH ROW EXECUTE FUNCTION audit_row('consent', 'id', '', '', '')
-- next
CREATE TRIGGER guard_consent_truncate BEFORE TRUNCATE ON consent FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('consent is never truncated')
-- next
CREATE TRIGGER audit_course AFTER INSERT OR DELETE OR UPDATE ON course FOR EACH ROW EXECUTE FUNCTION audit_row('course', 'id', '', '', '')
-- next
CREATE TRIGGER guard_course_truncate BEFORE TRUNCATE ON course FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('course is never truncated')
-- next
CREATE TRIGGER audit_donor_screening AFTER INSERT OR DELETE OR UPDATE ON donor_screening FOR EACH ROW EXECUTE FUNCTION audit_row('donor_screening', 'id', '', '', '')
-- next
CREATE TRIGGER guard_donor_screening_truncate BEFORE TRUNCATE ON donor_screening FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('donor_screening is never truncated')
-- next
CREATE TRIGGER audit_exposure AFTER INSERT OR DELETE OR UPDATE ON exposure FOR EACH ROW EXECUTE FUNCTION audit_row('exposure', 'id', '', '', '')
-- next
CREATE TRIGGER guard_exposure_truncate BEFORE TRUNCATE ON exposure FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('exposure is never truncated')
-- next
CREATE TRIGGER audit_lot AFTER INSERT OR DELETE OR UPDATE ON lot FOR EACH ROW EXECUTE FUNCTION audit_row('lot', 'id', '', '', '')
-- next
CREATE TRIGGER guard_lot_truncate BEFORE TRUNCATE ON lot FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('lot is never truncated')
-- next
CREATE TRIGGER audit_membership AFTER INSERT OR DELETE OR UPDATE ON membership FOR EACH ROW EXECUTE FUNCTION audit_row('membership', 'id', '', '', 'display_name,one_factor_basis')
-- next
CREATE TRIGGER guard_membership_truncate BEFORE TRUNCATE ON membership FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('membership is never truncated')
-- next
CREATE TRIGGER audit_own_activity AFTER INSERT OR DELETE OR UPDATE ON own_activity FOR EACH ROW EXECUTE FUNCTION audit_row('own_activity', 'id', '', '', '')
-- next
CREATE TRIGGER guard_own_activity_truncate BEFORE TRUNCATE ON own_activity FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('own_activity is never truncated')
-- next
CREATE TRIGGER audit_patient_ending AFTER INSERT OR DELETE OR UPDATE ON patient_ending FOR EACH ROW EXECUTE FUNCTION audit_row('patient_ending', 'id', '', '', '')
-- next
CREATE TRIGGER guard_patient_ending_truncate BEFORE TRUNCATE ON patient_ending FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('patient_ending is never truncated')
-- next
CREATE TRIGGER audit_patient_key AFTER INSERT OR DELETE OR UPDATE ON patient_key FOR EACH ROW EXECUTE FUNCTION audit_row('patient_key', 'patient_id', '', 'wrapped', '')
-- next
CREATE TRIGGER guard_patient_key_truncate BEFORE TRUNCATE ON patient_key FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('patient_key is never truncated')
-- next
CREATE TRIGGER audit_release_secret AFTER INSERT OR DELETE OR UPDATE ON release_secret FOR EACH ROW EXECUTE FUNCTION audit_row('release_secret', 'id', '', 'wrapped,sealed', '')
-- next
CREATE TRIGGER guard_release_secret_truncate BEFORE TRUNCATE ON release_secret FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('release_secret is never truncated')
-- next
CREATE TRIGGER audit_diary_day AFTER INSERT OR DELETE OR UPDATE ON diary_day FOR EACH ROW EXECUTE FUNCTION audit_row('diary_day', 'id', '', '', '')
-- next
CREATE TRIGGER guard_diary_day_truncate BEFORE TRUNCATE ON diary_day FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('diary_day is never truncated')
-- next
CREATE TRIGGER audit_import_run AFTER INSERT OR DELETE OR UPDATE ON import_run FOR EACH ROW EXECUTE FUNCTION audit_row('import_run', 'id', '', '', '')
-- next
CREATE TRIGGER guard_import_run_truncate BEFORE TRUNCATE ON import_run FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('import_run is never truncated')
-- next
CREATE TRIGGER audit_infusion AFTER INSERT OR DELETE OR UPDATE ON infusion FOR EACH ROW EXECUTE FUNCTION audit_row('infusion', 'id', '', '', '')
-- next
CREATE TRIGGER guard_infusion_truncate BEFORE TRUNCATE ON infusion FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('infusion is never truncated')
-- next
CREATE TRIGGER audit_invitation AFTER INSERT OR DELETE OR UPDATE ON invitation FOR EACH ROW EXECUTE FUNCTION audit_row('invitation', 'id', '', '', '')
-- next
CREATE TRIGGER guard_invitation_truncate BEFORE TRUNCATE ON invitation FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('invitation is never truncated')
-- next
CREATE TRIGGER audit_release_approval AFTER INSERT OR DELETE OR UPDATE ON release_approval FOR EACH ROW EXECUTE FUNCTION audit_row('release_approval', 'id', '', '', '')
-- next
CREATE TRIGGER guard_release_approval_truncate BEFORE TRUNCATE ON release_approval FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('release_approval is never truncated')
-- next
CREATE TRIGGER audit_release_script AFTER INSERT OR DELETE OR UPDATE ON release_script FOR EACH ROW EXECUTE FUNCTION audit_row('release_script', 'id', '', '', '')
-- next
CREATE TRIGGER guard_release_script_truncate BEFORE TRUNCATE ON release_script FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('release_script is never truncated')
-- next
CREATE TRIGGER audit_release_taking AFTER INSERT OR DELETE OR UPDATE ON release_taking FOR EACH ROW EXECUTE FUNCTION audit_row('release_taking', 'id', '', '', '')
-- next
CREATE TRIGGER guard_release_taking_truncate BEFORE TRUNCATE ON release_taking FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('release_taking is never truncated')
-- next
CREATE TRIGGER audit_adverse_event AFTER INSERT OR DELETE OR UPDATE ON adverse_event FOR EACH ROW EXECUTE FUNCTION audit_row('adverse_event', 'id', '', '', '')
-- next
CREATE TRIGGER guard_adverse_event_truncate BEFORE TRUNCATE ON adverse_event FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('adverse_event is never truncated')
-- next
CREATE TRIGGER audit_visit AFTER INSERT OR DELETE OR UPDATE ON visit FOR EACH ROW EXECUTE FUNCTION audit_row('visit', 'id', '', '', '')
-- next
CREATE TRIGGER guard_visit_truncate BEFORE TRUNCATE ON visit FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('visit is never truncated')
-- next
CREATE TRIGGER audit_activity_score AFTER INSERT OR DELETE OR UPDATE ON activity_score FOR EACH ROW EXECUTE FUNCTION audit_row('activity_score', 'id', '', '', '')
-- next
CREATE TRIGGER guard_activity_score_truncate BEFORE TRUNCATE ON activity_score FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('activity_score is never truncated')
-- next
CREATE TRIGGER audit_assessment AFTER INSERT OR DELETE OR UPDATE ON assessment FOR EACH ROW EXECUTE FUNCTION audit_row('assessment', 'id', '', '', '')
-- next
CREATE TRIGGER guard_assessment_truncate BEFORE TRUNCATE ON assessment FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('assessment is never truncated')
-- next
CREATE TRIGGER audit_self_report AFTER INSERT OR DELETE OR UPDATE ON self_report FOR EACH ROW EXECUTE FUNCTION audit_row('self_report', 'id', '', '', '')
-- next
CREATE TRIGGER guard_self_report_truncate BEFORE TRUNCATE ON self_report FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('self_report is never truncated')
-- next
CREATE TRIGGER audit_signature AFTER INSERT OR DELETE OR UPDATE ON signature FOR EACH ROW EXECUTE FUNCTION audit_row('signature', 'id', '', '', '')
-- next
CREATE TRIGGER guard_signature_truncate BEFORE TRUNCATE ON signature FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('signature is never truncated')
-- next
CREATE TRIGGER audit_score AFTER INSERT OR DELETE OR UPDATE ON score FOR EACH ROW EXECUTE FUNCTION audit_row('score', 'patient_id,assessment_id', 'scale', '', '')
-- next
CREATE TRIGGER guard_score_truncate BEFORE TRUNCATE ON score FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('score is never truncated')
-- next
CREATE TRIGGER audit_signature_void AFTER INSERT OR DELETE OR UPDATE ON signature_void FOR EACH ROW EXECUTE FUNCTION audit_row('signature_void', 'id', '', '', '')
-- next
CREATE TRIGGER guard_signature_void_truncate BEFORE TRUNCATE ON signature_void FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('signature_void is never truncated')
-- next
CREATE TRIGGER guard_audit_entry_insert BEFORE INSERT ON audit_entry FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION audit_refuse('audit_entry is written by triggers alone')
-- next
CREATE TRIGGER guard_audit_entry_truncate BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('audit_entry is append-only')
-- next
CREATE TRIGGER guard_audit_entry_delete BEFORE DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_refuse('audit_entry is append-only')
-- next
CREATE TRIGGER guard_audit_seal_truncate BEFORE TRUNCATE ON audit_seal FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('audit_seal is append-only')
-- next
CREATE TRIGGER guard_audit_seal_delete BEFORE DELETE ON audit_seal FOR EACH ROW EXECUTE FUNCTION audit_refuse('audit_seal is append-only')
-- next
CREATE TRIGGER guard_chain_head_truncate BEFORE TRUNCATE ON chain_head FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('chain_head is append-only')
-- next
CREATE TRIGGER guard_chain_head_delete BEFORE DELETE ON chain_head FOR EACH ROW EXECUTE FUNCTION audit_refuse('chain_head is append-only')
-- next
CREATE TRIGGER guard_signature_delete BEFORE DELETE ON signature FOR EACH ROW EXECUTE FUNCTION audit_refuse('signature is append-only')
-- next
CREATE TRIGGER guard_signature_void_delete BEFORE DELETE ON signature_void FOR EACH ROW EXECUTE FUNCTION audit_refuse('signature_void is append-only')
-- next
CREATE TRIGGER guard_audit_entry_update BEFORE UPDATE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_refuse('audit_entry is append-only')
-- next
CREATE TRIGGER guard_audit_seal_update BEFORE UPDATE ON audit_seal FOR EACH ROW EXECUTE FUNCTION audit_refuse('audit_seal is append-only')
-- next
CREATE TRIGGER guard_signature_update BEFORE UPDATE ON signature FOR EACH ROW EXECUTE FUNCTION audit_refuse('signature is append-only')
-- next
CREATE TRIGGER guard_signature_void_update BEFORE UPDATE ON signature_void FOR EACH ROW EXECUTE FUNCTION audit_refuse('signature_void is append-only')
-- next
CREATE FUNCTION audit_lock_visit() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        PERFORM 1 FROM visit WHERE visit.clinic_id = NEW.clinic_id AND visit.id = NEW.id FOR KEY SHARE;
        IF EXISTS (SELECT 1 FROM signature WHERE signature.clinic_id = NEW.clinic_id AND signature.visit_id = NEW.id AND NOT EXISTS (SELECT 1 FROM signature_void WHERE signature_void.clinic_id = signature.clinic_id AND signature_void.signature_id = signature.id)) THEN
            RAISE restrict_violation USING MESSAGE = 'this visit is signed';
        END IF;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        PERFORM 1 FROM visit WHERE visit.clinic_id = OLD.clinic_id AND visit.id = OLD.id FOR KEY SHARE;
        IF EXISTS (SELECT 1 FROM signature WHERE signature.clinic_id = OLD.clinic_id AND signature.visit_id = OLD.id AND NOT EXISTS (SELECT 1 FROM signature_void WHERE signature_void.clinic_id = signature.clinic_id AND signature_void.signature_id = signature.id)) THEN
            RAISE restrict_violation USING MESSAGE = 'this visit is signed';
        END IF;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END
$body$
-- next
CREATE TRIGGER lock_visit BEFORE INSERT OR DELETE OR UPDATE ON visit FOR EACH ROW EXECUTE FUNCTION audit_lock_visit()
-- next
CREATE FUNCTION audit_lock_assessment() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        PERFORM 1 FROM visit WHERE visit.clinic_id = NEW.clinic_id AND visit.id = NEW.visit_id FOR KEY SHARE;
        IF EXISTS (SELECT 1 FROM signature WHERE signature.clinic_id = NEW.clinic_id AND signature.visit_id = NEW.visit_id AND NOT EXISTS (SELECT 1 FROM signature_void WHERE signature_void.clinic_id = signature.clinic_id AND signature_void.signature_id = signature.id)) THEN
            RAISE restrict_violation USING MESSAGE = 'this visit is signed';
        END IF;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        PERFORM 1 FROM visit WHERE visit.clinic_id = OLD.clinic_id AND visit.id = OLD.visit_id FOR KEY SHARE;
        IF EXISTS (SELECT 1 FROM signature WHERE signature.clinic_id = OLD.clinic_id AND signature.visit_id = OLD.visit_id AND NOT EXISTS (SELECT 1 FROM signature_void WHERE signature_void.clinic_id = signature.clinic_id AND signature_void.signature_id = signature.id)) THEN
            RAISE restrict_violation USING MESSAGE = 'this visit is signed';
        END IF;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END
$body$
-- next
CREATE TRIGGER lock_assessment BEFORE INSERT OR DELETE OR UPDATE ON assessment FOR EACH ROW EXECUTE FUNCTION audit_lock_assessment()
-- next
CREATE FUNCTION audit_lock_score() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        PERFORM 1 FROM visit WHERE visit.clinic_id = NEW.clinic_id AND visit.id = (SELECT visit_id FROM assessment WHERE assessment.clinic_id = NEW.clinic_id AND assessment.id = NEW.assessment_id) FOR KEY SHARE;
        IF EXISTS (SELECT 1 FROM signature WHERE signature.clinic_id = NEW.clinic_id AND signature.visit_id = (SELECT visit_id FROM assessment WHERE assessment.clinic_id = NEW.clinic_id AND assessment.id = NEW.assessment_id) AND NOT EXISTS (SELECT 1 FROM signature_void WHERE signature_void.clinic_id = signature.clinic_id AND signature_void.signature_id = signature.id)) THEN
            RAISE restrict_violation USING MESSAGE = 'this visit is signed';
        END IF;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        PERFORM 1 FROM visit WHERE visit.clinic_id = OLD.clinic_id AND visit.id = (SELECT visit_id FROM assessment WHERE assessment.clinic_id = OLD.clinic_id AND assessment.id = OLD.assessment_id) FOR KEY SHARE;
        IF EXISTS (SELECT 1 FROM signature WHERE signature.clinic_id = OLD.clinic_id AND signature.visit_id = (SELECT visit_id FROM assessment WHERE assessment.clinic_id = OLD.clinic_id AND assessment.id = OLD.assessment_id) AND NOT EXISTS (SELECT 1 FROM signature_void WHERE signature_void.clinic_id = signature.clinic_id AND signature_void.signature_id = signature.id)) THEN
            RAISE restrict_violation USING MESSAGE = 'this visit is signed';
        END IF;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END
$body$
-- next
CREATE TRIGGER lock_score BEFORE INSERT OR DELETE OR UPDATE ON score FOR EACH ROW EXECUTE FUNCTION audit_lock_score()
-- next
CREATE TRIGGER guard_chain_head_update BEFORE UPDATE ON chain_head FOR EACH ROW WHEN (new."position" <= old."position") EXECUTE FUNCTION audit_refuse('chain_head only grows')