from django.db import migrations

# Whatever matching rests on leaves a mark when it changes, whoever changes it and however: a page, the admin, an import,
# a cascade or a shell. The argument of a trigger is the column that names the organization.
FUNCTION = """
CREATE FUNCTION matchmaking_mark_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before bigint;
    after bigint;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD IS NOT DISTINCT FROM NEW THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        before := (to_jsonb(OLD) ->> TG_ARGV[0])::bigint;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        after := (to_jsonb(NEW) ->> TG_ARGV[0])::bigint;
    END IF;
    IF before IS NOT NULL THEN
        INSERT INTO matchmaking_profilechange (organization_id) VALUES (before);
    END IF;
    IF after IS NOT NULL AND after IS DISTINCT FROM before THEN
        INSERT INTO matchmaking_profilechange (organization_id) VALUES (after);
    END IF;
    RETURN NULL;
END
$$
"""

WATCHED = [
    ("members_organization", "id"),
    ("members_offer", "organization_id"),
    ("members_need", "organization_id"),
    ("members_firmdetails", "organization_id"),
    ("members_financierterms", "organization_id"),
    ("matchmaking_feedback", "seeker_id"),
    ("matchmaking_intervention", "seeker_id"),
    ("matchmaking_intervention", "partner_id"),
]


def triggers():
    for table, column in WATCHED:
        name = f"{table}_{column}_marks_change"
        yield migrations.RunSQL(
            f"CREATE TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION matchmaking_mark_change('{column}')",
            f"DROP TRIGGER {name} ON {table}",
        )


class Migration(migrations.Migration):
    dependencies = [
        ("matchmaking", "0002_matches_kept_true"),
        ("members", "0003_history_by_triggers"),
    ]

    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION matchmaking_mark_change()"), *triggers()]
