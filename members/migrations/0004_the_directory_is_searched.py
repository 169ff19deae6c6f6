"""The words an organization is found by: functions that write them, and triggers that call them after every change."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

# Accents go, without the `unaccent` extension: letters are taken apart and the marks dropped.
# Every text is kept twice, stemmed and as written, so that "diamantat" begins "diamantato" while the stem is "diamant".
FUNCTIONS = r"""
CREATE FUNCTION members_plain(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(lower(normalize(coalesce($1, ''), NFD)), '[\u0300-\u036f]', '', 'g');

CREATE FUNCTION members_words(text, "char") RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN setweight(to_tsvector('italian', members_plain($1)) || to_tsvector('simple', members_plain($1)), $2);

CREATE FUNCTION members_begins(word text) RETURNS tsquery LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    quoted text := '''' || replace(replace(members_plain(word), '\', '\\'), '''', '''''') || ''':*';
BEGIN
    IF numnode(plainto_tsquery('italian', members_plain(word))) = 0 THEN RETURN NULL; END IF;  -- "del", "-"
    RETURN to_tsquery('italian', quoted) || to_tsquery('simple', quoted);
END $$;

CREATE FUNCTION members_query(phrase text) RETURNS tsquery LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    parts text[] := regexp_match(btrim(phrase), '^(.*?)(\S+)$');
    whole tsquery := plainto_tsquery('italian', members_plain(parts[1]));
    beginning tsquery := members_begins(parts[2]);
BEGIN
    RETURN CASE WHEN beginning IS NULL THEN whole WHEN numnode(whole) = 0 THEN beginning ELSE whole && beginning END;
END $$;

CREATE FUNCTION members_is_open(visibility jsonb, field text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(visibility ->> field, 'public') = 'public';

-- Whoever else is changing the same organization ends first: otherwise the last writer could miss the other's words.
CREATE FUNCTION members_write_search_documents(ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM members_organization WHERE id = ANY(ids) ORDER BY id FOR NO KEY UPDATE;
    INSERT INTO members_searchdocument (organization_id, words)
    SELECT organization.id,
           members_words(organization.name, 'A')
        || members_words((
               SELECT string_agg(concat_ws(' ', competence.name_it, competence.name_en, (
                   SELECT string_agg(alias.term, ' ') FROM members_alias alias WHERE alias.competence_id = competence.id
               )), ' ') FROM members_offer offer JOIN members_competence competence ON competence.id = offer.competence_id
               WHERE offer.organization_id = organization.id
           ), 'B')
        || members_words((
               SELECT string_agg(concat_ws(' ', facility.name, competence.name_it, competence.name_en), ' ')
               FROM members_facility facility LEFT JOIN members_competence competence
                   ON competence.id = facility.competence_id
               WHERE facility.organization_id = organization.id
                 AND members_is_open(organization.visibility, 'facilities')
           ), 'C')
        || members_words((
               SELECT details.certifications FROM members_firmdetails details
               WHERE details.organization_id = organization.id
                 AND members_is_open(organization.visibility, 'certifications')
           ), 'C')
        || members_words((
               SELECT concat_ws(' ', place.name, province.name) FROM members_municipality place
               JOIN members_province province ON province.code = place.province_id
               WHERE place.id = organization.municipality_id
           ), 'C')
        || members_words(organization.description, 'D')
    FROM members_organization organization WHERE organization.id = ANY(ids)
    ON CONFLICT (organization_id) DO UPDATE SET words = EXCLUDED.words;
END $$;

ALTER TABLE members_searchdocument ADD CONSTRAINT search_document_of_organization
    FOREIGN KEY (organization_id) REFERENCES members_organization (id) ON DELETE CASCADE;
"""

# Table → which organizations its changed rows speak of.
SPEAKS_OF = {
    "members_organization": "SELECT id FROM changed",
    "members_offer": "SELECT organization_id FROM changed",
    "members_facility": "SELECT organization_id FROM changed",
    "members_firmdetails": "SELECT organization_id FROM changed",
    "members_alias": "SELECT organization_id FROM members_offer JOIN changed USING (competence_id)",
    "members_competence": "SELECT organization_id FROM members_offer WHERE competence_id IN (SELECT id FROM changed)"
    " UNION SELECT organization_id FROM members_facility WHERE competence_id IN (SELECT id FROM changed)",
    "members_municipality": "SELECT id FROM members_organization WHERE municipality_id IN (SELECT id FROM changed)",
}
EVENTS = {"inserted": "INSERT", "left": "UPDATE", "reached": "UPDATE", "deleted": "DELETE"}
TABLES = {"inserted": "NEW", "left": "OLD", "reached": "NEW", "deleted": "OLD"}


def _follow(table, organizations):
    """One function for the table; four triggers, each once a statement however many rows it changes."""
    yield f"""CREATE FUNCTION {table}_is_searched() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM members_write_search_documents(ARRAY({organizations})); RETURN NULL; END $$;"""
    for name, event in EVENTS.items():
        yield f"""CREATE TRIGGER is_searched_{name} AFTER {event} ON {table}
            REFERENCING {TABLES[name]} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_searched();"""


def _unfollow(table):
    yield from (f"DROP TRIGGER is_searched_{name} ON {table};" for name in EVENTS)
    yield f"DROP FUNCTION {table}_is_searched;"


FOLLOW = "\n".join(sql for table, organizations in SPEAKS_OF.items() for sql in _follow(table, organizations))
UNFOLLOW = "\n".join(sql for table in SPEAKS_OF for sql in _unfollow(table))
DROP_FUNCTIONS = """
DROP FUNCTION members_write_search_documents, members_is_open, members_query, members_begins, members_words,
    members_plain;
"""
WRITE_ALL = "SELECT members_write_search_documents(ARRAY(SELECT id FROM members_organization));"


class Migration(migrations.Migration):
    dependencies = [("members", "0003_history_by_triggers")]

    operations = [
        migrations.CreateModel(
            name="SearchDocument",
            fields=[
                (
                    "organization",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="search_document",
                        serialize=False,
                        to="members.organization",
                    ),
                ),
                ("words", django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                "indexes": [django.contrib.postgres.indexes.GinIndex("words", name="search_document_words")],
            },
        ),
        migrations.CreateModel(
            name="UnmetSearch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(max_length=80, verbose_name="parole cercate")),
                ("day", models.DateField(default=django.utils.timezone.localdate, verbose_name="giorno")),
                ("count", models.PositiveIntegerField(default=1, verbose_name="volte")),
            ],
            options={
                "verbose_name": "ricerca senza risposta",
                "verbose_name_plural": "ricerche senza risposta",
                "ordering": ["-day", "-count", "text"],
                "constraints": [
                    models.UniqueConstraint(fields=("text", "day"), name="one_unmet_search_per_text_and_day")
                ],
            },
        ),
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.RunSQL(FOLLOW, UNFOLLOW),
        migrations.RunSQL(WRITE_ALL, migrations.RunSQL.noop),
    ]
