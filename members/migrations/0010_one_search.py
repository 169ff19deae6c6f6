"""One normalizer for documents and queries; competences and facilities are searched; the portal's vocabulary."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import members.models.search_fields

# Keeps to `members/rules/wording.py`: a test holds them together. In the order in which they are applied.
RULES = [
    (r"[\u0300-\u036f]", ""),
    (r"\yA\.?I\y", "ia"),
    None,  # small letters
    (r"(?<![a-z0-9])([a-z])\.(?=[a-z]{1,3}(?![a-z]))", r"\1"),
    (r"([0-9]),(?=[0-9])", r"\1."),
    (r"\.(?![0-9])", " "),
    (r"(?<![0-9])\.", " "),
    (r"[\u0001-\u002d\u002f\u003a-\u0060\u007b-\u00bf\u00d7\u00f7\u02b0-\u02ff\u2000-\u2bff\u3000-\u303f\ufffd]+", " "),
    (r"([a-z]{2})([0-9])", r"\1 \2"),
    (r"([0-9])([a-z]{3})", r"\1 \2"),
    (r" +", " "),
    (r"^ | $", ""),
]


def _normalizer():
    plain = "normalize(coalesce($1, ''), NFKD)"
    for rule in RULES:
        plain = f"regexp_replace({plain}, '{rule[0]}', '{rule[1]}', 'g')" if rule else f"lower({plain})"
    return f"""CREATE OR REPLACE FUNCTION members_plain(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN {plain};"""


OLD_NORMALIZER = r"""
CREATE OR REPLACE FUNCTION members_plain(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(lower(normalize(coalesce($1, ''), NFD)), '[\u0300-\u036f]', '', 'g');
"""
COMPETENCE_DOCUMENTS = """
ALTER TABLE members_competencedocument ADD CONSTRAINT search_document_of_competence
    FOREIGN KEY (competence_id) REFERENCES members_competence (id) ON DELETE CASCADE;

CREATE FUNCTION members_write_competence_documents(ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM members_competence WHERE id = ANY(ids) ORDER BY id FOR NO KEY UPDATE;
    INSERT INTO members_competencedocument (competence_id, words)
    SELECT competence.id,
           members_words(concat_ws(' ', competence.name_it, competence.name_en), 'A')
        || members_words((
               SELECT string_agg(alias.term, ' ') FROM members_alias alias WHERE alias.competence_id = competence.id
           ), 'B')
    FROM members_competence competence WHERE competence.id = ANY(ids)
    ON CONFLICT (competence_id) DO UPDATE SET words = EXCLUDED.words;
END $$;
"""
# Table → which competences its changed rows speak of.
NAMES = {"members_competence": "SELECT id FROM changed", "members_alias": "SELECT competence_id FROM changed"}
EVENTS = {"inserted": "INSERT", "left": "UPDATE", "reached": "UPDATE", "deleted": "DELETE"}
TABLES = {"inserted": "NEW", "left": "OLD", "reached": "NEW", "deleted": "OLD"}


def _follow(table, competences):
    yield f"""CREATE FUNCTION {table}_is_named() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM members_write_competence_documents(ARRAY({competences})); RETURN NULL; END $$;"""
    for name, event in EVENTS.items():
        yield f"""CREATE TRIGGER is_named_{name} AFTER {event} ON {table}
            REFERENCING {TABLES[name]} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_named();"""


def _unfollow(table):
    yield from (f"DROP TRIGGER is_named_{name} ON {table};" for name in EVENTS)
    yield f"DROP FUNCTION {table}_is_named;"


FOLLOW = "\n".join(sql for table, competences in NAMES.items() for sql in _follow(table, competences))
UNFOLLOW = "\n".join(sql for table in NAMES for sql in _unfollow(table))
WRITE_ALL = """
SELECT members_write_search_documents(ARRAY(SELECT id FROM members_organization));
SELECT members_write_competence_documents(ARRAY(SELECT id FROM members_competence));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0009_lists_as_an_office_has_them"),
    ]

    operations = [
        migrations.RunSQL(_normalizer(), OLD_NORMALIZER),
        migrations.CreateModel(
            name="CompetenceDocument",
            fields=[
                (
                    "competence",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="search_document",
                        serialize=False,
                        to="members.competence",
                    ),
                ),
                ("words", django.contrib.postgres.search.SearchVectorField()),
            ],
        ),
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                ("word", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("stem", models.CharField(db_index=True, max_length=40)),
                ("uses", models.PositiveIntegerField()),
                (
                    "shortened",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=10), size=None),
                ),
            ],
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="alias",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="alias",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="alias",
            name="delete_delete",
        ),
        migrations.AddField(
            model_name="alias",
            name="is_reviewed",
            field=models.BooleanField(db_default=False, default=False, verbose_name="rivisto"),
        ),
        migrations.AddField(
            model_name="alias",
            name="source",
            field=models.CharField(blank=True, db_default="", default="", max_length=80, verbose_name="da dove viene"),
        ),
        migrations.AddField(
            model_name="aliasevent",
            name="is_reviewed",
            field=models.BooleanField(db_default=False, default=False, verbose_name="rivisto"),
        ),
        migrations.AddField(
            model_name="aliasevent",
            name="source",
            field=models.CharField(blank=True, db_default="", default="", max_length=80, verbose_name="da dove viene"),
        ),
        migrations.AddField(
            model_name="facility",
            name="words",
            field=models.GeneratedField(
                db_persist=True,
                expression=members.models.search_fields.Joined(
                    members.models.search_fields.Words("name", models.Value("A")),
                    members.models.search_fields.Words("description", models.Value("C")),
                ),
                output_field=django.contrib.postgres.search.SearchVectorField(),
            ),
        ),
        migrations.AddIndex(
            model_name="facility",
            index=django.contrib.postgres.indexes.GinIndex(fields=["words"], name="facility_words"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="alias",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_aliasevent" ("competence_id", "id", "is_reviewed", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "term") VALUES (NEW."competence_id", NEW."id", NEW."is_reviewed", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."source", NEW."term"); RETURN NULL;',
                    hash="3e91239880d97f5b7fc6bf6a384cd223d664ec0c",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_141fc",
                    table="members_alias",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="alias",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "members_aliasevent" ("competence_id", "id", "is_reviewed", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "term") VALUES (NEW."competence_id", NEW."id", NEW."is_reviewed", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."source", NEW."term"); RETURN NULL;',
                    hash="e2698926c7fe5c7b7218d197c2a2de0d69188beb",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_5bd6d",
                    table="members_alias",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="alias",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_aliasevent" ("competence_id", "id", "is_reviewed", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "term") VALUES (OLD."competence_id", OLD."id", OLD."is_reviewed", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."source", OLD."term"); RETURN NULL;',
                    hash="691d76d08700cc58a59a231c88168370c549a04e",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_27d46",
                    table="members_alias",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="competencedocument",
            index=django.contrib.postgres.indexes.GinIndex(models.F("words"), name="competence_document_words"),
        ),
        migrations.AddIndex(
            model_name="searchword",
            index=django.contrib.postgres.indexes.GinIndex(models.F("shortened"), name="search_word_shortened"),
        ),
        migrations.RunSQL(COMPETENCE_DOCUMENTS, "DROP FUNCTION members_write_competence_documents;"),
        migrations.RunSQL(FOLLOW, UNFOLLOW),
        migrations.RunSQL(WRITE_ALL, migrations.RunSQL.noop),
    ]
