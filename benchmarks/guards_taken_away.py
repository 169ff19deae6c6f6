"""Is it noticed when a protection goes? `python3 manage.py bench guards_taken_away [WORD]` (only tests that hold WORD).

In a copy of this checkout one protection after the other is taken out of the source, and the one test that this list
names for it must fail; before, all of them pass. The peer is the suite as it is: a protection whose loss no test sees
is only a line of code. Ends with 1 if a loss went unnoticed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
NOTICED = 1  # pytest: a test failed; 2 and more: the source no longer runs, which proves nothing
G, M = "tests/gate40", "tests/members"
# (file, what protects, what stands there without it, the test that must see it)
TAKEN = [
    ("members/models/organizations.py", "(user, *roles).published()", "(user, *roles)",
     f"{M}/people/test_membership.py::test_the_partners_of_a_draft_are_numbers_without_names"),
    ("members/models/users.py", "self.is_staff and not self.lacks_second_factor", "self.is_staff",
     f"{G}/test_staff.py::test_a_password_alone_does_not_close_the_experiment"),
    ("members/models/users.py", "not self.lacks_second_factor and super().has_perm(perm, obj)",
     "super().has_perm(perm, obj)", f"{G}/test_staff.py::test_without_the_factor_a_superuser_has_no_power_at_all"),
    ("gate40/middleware.py", "now - seen_at > settings.STAFF_IDLE_HOURS * 3600", "False",
     f"{G}/test_staff.py::test_staff_who_ask_for_nothing_for_eight_hours_are_strangers"),
    ("gate40/accounts.py", "reauthentication_required(view) if is_final else view", "view",
     f"{G}/test_staff.py::test_what_cannot_be_undone_asks_again_who_it_is"),
    ("gate40/middleware.py", "add_never_cache_headers(response)", "pass",
     f"{G}/test_boot.py::test_what_a_signed_in_person_sees_is_not_stored"),
    ("gate40/settings.py", '"script-src": [SELF]', '"script-src": [SELF, "\'unsafe-inline\'"]',
     "tests/test_permissions.py::test_the_strict_policy_allows_nothing_inline"),
    ("gate40/boot.py", '"*" in hosts,', "False,", f"{G}/test_boot.py::test_each_danger_is_refused_by_name"),
    ("gate40/boot.py", 'is_weak(settings["MAIL_LINK_KEY"]),', "False,",
     f"{G}/test_boot.py::test_each_danger_is_refused_by_name"),
    ("gate40/doors/middleware.py", "if size > limits[role]:", "if False:",
     f"{G}/doors/test_costs.py::test_a_body_beyond_the_role_is_not_read"),
    ("gate40/doors/middleware.py", "== TWICE:", '== "":',
     f"{G}/doors/test_races.py::test_the_slower_of_two_is_told_so"),
    ("gate40/doors/lookups.py", "return is_shown and allowed", "return allowed",
     f"{G}/doors/test_lookups.py::test_a_secret_is_not_read_letter_by_letter"),
    ("gate40/doors/middleware.py", 'spend_quota("forms", request)', "pass",
     f"{M}/safety/test_quotas.py::test_each_thing_has_its_measure"),
    ("gate40/doors/middleware.py", "if status in (400, 404, 413):", "if False:",
     f"{M}/safety/test_events.py::test_a_refusal_is_noted_by_its_status_and_path_alone"),
    ("gate40/doors/powers.py", "if was != {", "if False and was != {",
     f"{G}/doors/test_powers.py::test_who_speaks_for_an_organization_is_noted_in_the_admin_too"),
    ("gate40/doors/sign_ins.py", "note_event(Kind.SIGN_IN_FAILED)", "pass",
     f"{M}/safety/test_events.py::test_sign_ins_are_noted_with_the_request_and_without_what_was_typed"),
    ("members/rules/texts.py", "return not CONTROL.search(text)", "return True",
     f"{G}/doors/test_unreadable.py::test_every_text_field_refuses_control_characters"),
    ("members/rules/texts.py", 'STARTS_FORMULA.sub(r"\\1\'", readable(str(value)))', "readable(str(value))",
     f"{M}/safety/test_texts.py::test_a_cell_is_never_a_formula"),
    ("members/safety/table_sizes.py", "sum(part.file_size for part in parts) > LARGEST_UNPACKED", "False",
     f"{G}/doors/test_costs.py::test_a_spreadsheet_is_judged_by_what_it_unpacks_to"),
    ("members/safety/quotas.py", "if _count(what, whose, amount) > most:", "if False:",
     f"{M}/safety/test_quotas.py::test_invitations_of_colleagues_stop_at_the_days_measure"),
    ("matchmaking/opportunities/views/interests.py", '        spend_quota("answers", request)\n', "",
     f"{M}/safety/test_quotas.py::test_answers_stop_at_the_days_measure_and_what_stands_stays"),
    ("members/transitions.py", "if held is None or not rows.update(**{field: target}, **values):",
     "if type(thing)._default_manager.filter(pk=thing.pk).update(**{field: target}, **values) == 0:",
     f"{M}/test_transitions.py"),
    ("members/backoffice/duplicates.py", "gone.representatives.all().delete()", "pass",
     f"{M}/backoffice/test_duplicates.py::test_a_strangers_draft_brings_nobody_into_a_published_firm"),
    ("members/models/people.py", "accepted_at=None, created_at__gt=(now or timezone.now()) - INVITATION_LASTS",
     "accepted_at=None", f"{M}/people/test_people.py::test_an_old_invitation_is_worth_nothing"),
    ("members/profiles/logos.py", "formats=FORMATS", "formats=None",
     f"{M}/profiles/test_profiles.py::test_what_is_no_small_picture_is_refused_in_one_sentence"),
    ("matchmaking/models/rooms.py", "self.filter(Q(asker__in=mine) | Q(answerer__in=mine))", "self.all()",
     "tests/matchmaking/rooms/test_rooms.py::test_a_file_is_nobody_elses_even_by_its_address"),
    ("matchmaking/rooms/views/rooms.py", "as_attachment=True,", "as_attachment=False,",
     "tests/matchmaking/rooms/test_rooms.py::test_the_other_side_gets_the_file_as_an_attachment_that_nothing_runs"),
    ("matchmaking/algorithms/file_types.py", "return head.startswith(begins) if begins", "return True if begins",
     "tests/matchmaking/rooms/test_rooms.py::test_a_file_that_is_not_what_it_says_is_refused_at_its_field"),
    ("matchmaking/opportunities/calendars.py", "calendar_number=number, is_active=True", "calendar_number=number",
     "tests/matchmaking/opportunities/test_calendars.py::test_whoever_is_switched_off_has_no_calendar"),
    ("news/models/notifications.py", "Exists(speaking), user=user)", "Exists(speaking))",
     "tests/news/notices/test_notifications.py::test_a_colleagues_notice_is_nowhere"),
    ("news/consent/ledger.py", "unsign_object(token, max_age=LINK_LASTS)", "unsign_object(token)",
     "tests/news/consent/test_ledger.py::test_a_forged_or_old_link_confirms_nothing"),
    ("news/parsers/rich_text.py", "tags=TAGS", 'tags=TAGS | {"img", "form"}',
     "tests/news/newsletters/test_announcements.py::test_only_a_few_tags_survive_and_sanitizing_twice_changes_nothing"),
    ("news/receivers.py", "Suppression.objects.of(invitation.email).exists()", "False",
     f"{M}/safety/test_quotas.py::test_a_suppressed_address_gets_no_invitation"),
]  # fmt: skip


def main(word=""):
    chosen = [each for each in TAKEN if word in each[3]]
    with tempfile.TemporaryDirectory(prefix="gate40-guards-", dir="/tmp") as place:
        copy = Path(place) / "gate40"
        left_out = shutil.ignore_patterns(".git", ".venv*", "var", "__pycache__", ".*cache", "node_modules")
        shutil.copytree(CHECKOUT, copy, ignore=left_out)
        (copy / ".venv").symlink_to((CHECKOUT / ".venv").resolve())
        began = time.monotonic()
        if asked(copy, *sorted({test for *_rest, test in chosen}), fresh=True):
            sys.exit("The tests do not pass as they are: nothing can be said of what they notice.")
        unnoticed = [each for each in chosen if not is_noticed(copy, *each)]
        seconds = time.monotonic() - began
    for path, what, _without, test in unnoticed:
        print(f"UNNOTICED {path}: {what}\n    by {test}")
    print(f"protections taken away: {len(chosen)}, noticed: {len(chosen) - len(unnoticed)}, in {seconds:.0f} s")
    return 1 if unnoticed else 0


def is_noticed(copy, path, what, without, test):
    source = (copy / path).read_text()
    if source.count(what) < 1:
        sys.exit(f"{path} no longer says: {what}")
    (copy / path).write_text(source.replace(what, without, 1))
    try:
        return asked(copy, test) == NOTICED
    finally:
        (copy / path).write_text(source)


def asked(copy, *tests, fresh=False):
    """What pytest ends with; its database is made once and used again."""
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--reuse-db", *tests]
    command += ["--create-db"] if fresh else []
    done = subprocess.run(command, cwd=copy, env={**os.environ, "GATE40_EMBEDDED": "1"}, capture_output=True, text=True)
    if fresh and done.returncode:
        print(done.stdout[-3000:], done.stderr[-1000:], sep="\n")
    print("." if done.returncode == NOTICED else "" if fresh else f"[{done.returncode}] {tests[0]}", end="", flush=True)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
