"""Matches come and go; the first one of each organization is noted as it appears, once a statement."""

from django.db import migrations

FOLLOW = """
CREATE FUNCTION observatory_note_first_match() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO observatory_first (organization_id, kind, at)
    SELECT seeker_id, 'match', min(found_at) FROM appeared GROUP BY seeker_id
    ON CONFLICT (organization_id, kind) DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER first_match_is_noted AFTER INSERT ON matchmaking_match
    REFERENCING NEW TABLE AS appeared FOR EACH STATEMENT EXECUTE FUNCTION observatory_note_first_match();
INSERT INTO observatory_first (organization_id, kind, at)
    SELECT seeker_id, 'match', min(found_at) FROM matchmaking_match GROUP BY seeker_id
    ON CONFLICT (organization_id, kind) DO NOTHING;
"""
UNFOLLOW = """
DROP TRIGGER first_match_is_noted ON matchmaking_match;
DROP FUNCTION observatory_note_first_match;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("observatory", "0001_the_figures_of_the_assembly"),
        ("matchmaking", "0004_opportunities_in_full"),
    ]

    operations = [migrations.RunSQL(FOLLOW, UNFOLLOW)]
