"""The index of words, by shop where btree_gin is at hand, and vectors stored uncompressed in the row."""

from django.db import migrations

# btree_gin comes with PostgreSQL but not with every packaging of it, and making an extension may be forbidden.
# With it one index answers "this word in this shop"; without it PostgreSQL combines two.
INDEX = """
DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'btree_gin') THEN
        BEGIN
            CREATE EXTENSION IF NOT EXISTS btree_gin;
        EXCEPTION WHEN insufficient_privilege THEN
            NULL;
        END;
    END IF;
    IF EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'btree_gin') THEN
        CREATE INDEX assistant_passage_words ON assistant_passage USING gin (shop_id, tsv);
    ELSE
        CREATE INDEX assistant_passage_words ON assistant_passage USING gin (tsv);
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("assistant", "0001_initial")]

    operations = [
        migrations.RunSQL(INDEX, "DROP INDEX assistant_passage_words"),
        migrations.RunSQL(
            "ALTER TABLE assistant_passage_vector ALTER COLUMN v SET STORAGE PLAIN",
            "ALTER TABLE assistant_passage_vector ALTER COLUMN v SET STORAGE EXTERNAL",
        ),
    ]
