from django.db import migrations

# What is left out may change in one way: a withdrawal is noted once, and an erasure takes away whose consent it was and
# from where it came. What was agreed to, on which words and when, stays as it was given (GDPR Art. 7(1)).
FORWARDS = """
    CREATE FUNCTION rights_consent_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE'
            AND (NEW.id, NEW.shop_id, NEW.public_id, NEW.controller, NEW.purposes, NEW.terms_sha256, NEW.locale,
                 NEW.way, NEW.given_at)
                IS NOT DISTINCT FROM
                (OLD.id, OLD.shop_id, OLD.public_id, OLD.controller, OLD.purposes, OLD.terms_sha256, OLD.locale,
                 OLD.way, OLD.given_at)
            AND (NEW.author_id IS NULL OR NEW.author_id IS NOT DISTINCT FROM OLD.author_id)
            AND (NEW.request_id IS NULL OR NEW.request_id IS NOT DISTINCT FROM OLD.request_id)
            AND ((NEW.page_sha256, NEW.address_part, NEW.browser_hash)
                 = (OLD.page_sha256, OLD.address_part, OLD.browser_hash)
                 OR (NEW.author_id IS NULL
                     AND (NEW.page_sha256, NEW.address_part, NEW.browser_hash) = ('', '', '')))
            AND (OLD.withdrawn_at IS NULL
                 OR (NEW.withdrawn_at, NEW.withdrawn_through) = (OLD.withdrawn_at, OLD.withdrawn_through))
        THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'a consent in rights_consent is kept as it was given'
            USING ERRCODE = 'integrity_constraint_violation';
    END $$;
    CREATE TRIGGER rights_consent_no_change BEFORE UPDATE OR DELETE ON rights_consent
        FOR EACH ROW EXECUTE FUNCTION rights_consent_kept();
"""
BACKWARDS = "DROP TRIGGER rights_consent_no_change ON rights_consent; DROP FUNCTION rights_consent_kept();"


class Migration(migrations.Migration):
    """The database itself refuses to change or delete what somebody consented to."""

    dependencies = [("rights", "0009_reply_was_yes")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
