"""The permission matrix: every address × role × method × object, read from the URL resolver and from policy.csv.

The same walk asks four more questions of every answer: does it hold a canary that this role may not see, does it carry
the strict Content-Security-Policy, did a GET write anything, did it break.
"""

import re

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from gate40 import policy
from matchmaking.opportunities import calendars
from matchmaking.rooms import outcomes
from news.consent import ledger
from tests.cast import FOR_MEMBERS, KINDS, MET, NOT_OUT_YET, OWNERS, ROLES, STAFF, canary

METHODS = ["GET", "POST"]  # of every object
RARE_METHODS = ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"]  # of a page's first: no guard asks what is fetched how
CANARY = re.compile(r"canarino-[a-z]+(?:-riservato)?")
WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE|TRUNCATE)", re.IGNORECASE)
SESSION = "django_session"  # a sign-in form may begin a session; nothing else is written by looking
LOG = "members_securityevent"  # that somebody was refused a page is written down
NOBODY = "nessuno"


@pytest.fixture
def cast(cast, settings):
    """As in production: the staff's powers sleep until they have their second factor."""
    settings.STAFF_NEED_SECOND_FACTOR = True
    cast.give_factors()
    return cast


# For addresses with parameters: (arguments, slug of the organization the object belongs to, is it published).
def opportunities(cast):
    """One that is published, one that is not, one that Alfa has proposed, and none."""
    return [
        (cast.opportunity.slug, None, True),
        (cast.hidden_opportunity.slug, None, False),
        (cast.proposal.slug, "alfa", False),
        (NOBODY, None, False),
    ]


def file_of(room):
    return room.messages.get().files.get().code


OBJECTS = {
    "slug": lambda cast: [
        *((slug, slug, organization.is_published) for slug, organization in cast.organizations.items()),
        (NOBODY, NOBODY, False),
    ],
    "matchmaking:participants": opportunities,
    "matchmaking:opportunity": opportunities,
    "matchmaking:event_ics": opportunities,
    "matchmaking:follow": opportunities,
    "matchmaking:interest": lambda cast: opportunities(cast)[:2],
    "matchmaking:register": lambda cast: [(cast.event.slug, None, True), *opportunities(cast)[1:2]],
    "matchmaking:edit_proposal": opportunities,
    "matchmaking:partnership": lambda cast: opportunities(cast)[:2],
    "consortium": lambda cast: [
        (cast.consortium.pk, "alfa", False),
        (cast.consortium_of_beta.pk, "beta", False),
        (0, None, False),
    ],
    "matchmaking:interests": opportunities,
    "code": lambda cast: [
        (cast.request_draft.code, "alfa", False),
        (cast.asked.code, "alfa", False),
        (cast.blind.code, "bozza", False),
        (NOBODY, None, False),
    ],
    "matchmaking:settle": lambda cast: [(cast.taken.code, "alfa", False), (cast.blind_invitation.code, "bozza", False)],
    "invitation": lambda cast: [
        (cast.taken.code, "gamma", False),
        (cast.blind_invitation.code, "gamma", False),
        (NOBODY, None, False),
    ],
    "search": lambda cast: [(cast.search.pk, "alfa", False), (0, None, False)],
    "interest": lambda cast: [(cast.answer_to_alfa.pk, "alfa", False), (cast.interest.pk, None, False)],
    "calendar": lambda cast: [(calendars.calendar_token(cast.people["owner"]), "alfa", True), (NOBODY, None, False)],
    "room": lambda cast: [(cast.room.code, MET, False), (NOBODY, None, False)],
    "file": lambda cast: [(file_of(cast.room), MET, False), (NOBODY, None, False)],
    "introduction": lambda cast: [(cast.introduction.code, MET, False), (NOBODY, None, False)],
    "service_request": lambda cast: [(cast.service_request.code, "alfa", False), (NOBODY, None, False)],
    "matchmaking:handle_service": lambda cast: [(cast.service_request.code, None, True)],
    "matchmaking:ask_service": lambda cast: [(cast.service.slug, None, True), (NOBODY, None, False)],
    "outcome": lambda cast: [
        (outcomes.link(cast.room, cast["alfa"], 30, cast.people["owner"]).split("/")[-2], None, True),
        (NOBODY, None, False),
    ],
    "notification": lambda cast: [(cast.notification.pk, "alfa", False), (0, None, False)],
    "news:announcement": lambda cast: [
        (cast.announcement.slug, None, True),
        (cast.hidden_announcement.slug, None, False),
        (NOBODY, None, False),
    ],
    "members:claim": lambda cast: [(cast.shadow.slug, None, True), ("alfa", None, False), (NOBODY, None, False)],
    "members:invitation": lambda cast: [(cast.invitation.token, None, True), (NOBODY, None, False)],
    "news:confirm": lambda cast: [(ledger.confirm_url([cast.subscription]).split("/")[-2], "alfa", True)],
    "token": lambda cast: [(cast.subscription.token, "alfa", True)],
    "name": lambda cast: [(NOBODY, None, False)],  # a mail of the outbox
    "experiment": lambda cast: [(cast.experiment.pk, None, True), (0, None, False)],
    "stage": lambda cast: [("zone", None, True), ("outcome", None, True), (NOBODY, None, False)],
    "table": lambda cast: [("imbuto.csv", None, True), (NOBODY, None, False)],
}


def objects_for(page, cast):
    """Each object to ask for, as (keyword arguments, owner, is published)."""
    if not page.parameters:
        return [({}, None, True)]
    if page.policy.startswith("account"):  # keys of allauth: none of these exists
        return [(dict.fromkeys(page.parameters, "1"), None, True)]
    [parameter] = page.parameters
    chosen = OBJECTS[page.name] if page.name in OBJECTS else OBJECTS[parameter]
    return [({parameter: value}, owner, published) for value, owner, published in chosen(cast)]


def expected(cell, role, owner, is_published):
    """The answers that a cell allows: "A", "L", "403", "404" or, for the admin, either of two."""
    is_own = OWNERS.get(role, NOBODY) in (owner if isinstance(owner, tuple) else (owner,))
    if cell == "own":
        return {"A"} if is_own else {"404"}
    if cell == "seen":
        return {"A"} if is_own or is_published or (role in STAFF and owner != NOBODY) else {"404"}
    if cell == "staff":
        return {"A", "403", "404"}
    return set(cell.split("/"))


def answer(response):
    """What an answer amounts to: "A", "L", "F", "403" or "404"."""
    if response.status_code in (403, 404):
        return str(response.status_code)
    if response.status_code == 302 and response["Location"].startswith(reverse("account_login")):
        return "L"
    if response.status_code == 501:  # the PDF of the report, where Pango is missing: whoever may open it is told so
        return "A"
    if response.status_code == 302 and response["Location"] == reverse("mfa_index"):
        return "F"
    return "A" if response.status_code < 500 else "broken"


def our_pages():
    return [page for page in policy.pages() if not page.name.startswith("admin:")]


def admin_pages():
    """The admin's own. What has no name only redirects to these; the way out is open to everybody."""
    return [page for page in policy.pages() if page.policy == "admin" and page.is_named and page.name != "admin:logout"]


class Looking:
    """While somebody only looks, the database refuses to be written."""

    def __init__(self):
        self.written = []

    def __call__(self, execute, sql, params, many, context):
        if WRITES.match(sql) and SESSION not in sql and LOG not in sql:
            self.written.append(sql[:120])
        return execute(sql, params, many, context)


def ask(client, method, url):
    """The answer, and what was written meanwhile; whatever was written is taken back."""
    looking = Looking()
    with transaction.atomic(), connection.execute_wrapper(looking):
        response = client.generic(method, url)
        transaction.set_rollback(True)
    return response, looking.written


def content_of(response):
    """The bytes of a page, or of a file that is streamed."""
    return b"".join(response.streaming_content) if response.streaming else response.content


def client_of(cast, role):
    client = Client(raise_request_exception=False)
    if cast.people[role]:
        client.force_login(cast.people[role])
    return client


def faults(cast, role, page):
    """Every way in which a page treats a role otherwise than its policy says."""
    client, cell = client_of(cast, role), policy.rights()[page.policy][role]
    for number, (kwargs, owner, is_published) in enumerate(objects_for(page, cast)):
        url, allowed = reverse(page.name, kwargs=kwargs), expected(cell, role, owner, is_published)
        for method in METHODS if number else [*METHODS, *RARE_METHODS]:
            response, written = ask(client, method, url)
            written = written if method in ("GET", "HEAD", "OPTIONS") else []
            yield from faults_of(response, allowed, written, cast, role, f"{role} {method} {url}")


def faults_of(response, allowed, written, cast, role, case):
    is_missing_object = response.status_code == 404 and "A" in allowed
    if answer(response) not in allowed and response.status_code != 405 and not is_missing_object:
        yield f"{case}: {response.status_code} where {sorted(allowed)} was promised"
    kind = response.headers.get("Content-Type", "")
    if kind.startswith("text/") and "charset=" not in kind:
        yield f"{case}: {kind} without its charset"
    if written:
        yield f"{case}: looking wrote {written}"
    for leaked in set(CANARY.findall(content_of(response).decode(errors="replace"))) - cast.canaries_of(role):
        yield f"{case}: shows {leaked}"
    if "html" in response.headers.get("Content-Type", "") and "script-src 'self'" not in response.headers.get(
        "Content-Security-Policy", ""
    ):
        yield f"{case}: has no Content-Security-Policy"


@pytest.mark.parametrize("role", ROLES)
def test_every_page_treats_every_role_as_the_policy_says(cast, role):
    assert [fault for page in our_pages() for fault in faults(cast, role, page)] == []


ADMIN_ANSWERS = {
    "L": {"L", "403"},
    "F": {"L", "F"},
    "403": {"L", "403"},
    "staff": {"A", "403", "404", "L"},
    "A": {"A", "403", "404"},
}


@pytest.mark.parametrize("role", ROLES)
def test_the_admin_opens_to_the_staff_alone(cast, role):
    client, allowed, found = client_of(cast, role), ADMIN_ANSWERS[policy.rights()["admin"][role]], []
    for page in admin_pages():
        url = admin_url(page, cast)
        for method in ("GET", "POST"):
            response, _written = ask(client, method, url)
            if admin_answer(response) not in allowed:
                found.append(f"{role} {method} {url}: {response.status_code}")
            leaks = set(CANARY.findall(content_of(response).decode(errors="replace"))) - cast.canaries_of(role)
            found += [f"{role} {method} {url}: shows {leaked}" for leaked in leaks]
    assert found == []


def admin_url(page, cast):
    """The page of Alfa's number, whatever the table: it is there for organizations, and for others it may not be."""
    values = {"app_label": "members", "object_id": cast["alfa"].pk, "id": cast["alfa"].pk, "content_type_id": 1}
    return reverse(page.name, kwargs={parameter: values[parameter] for parameter in page.parameters})


def admin_answer(response):
    """As `answer`; the admin sends strangers to its own entrance, which sends them to ours."""
    if response.status_code == 302 and response["Location"].startswith(reverse("admin:login")):
        return "L"
    return answer(response)


def test_the_desk_sees_its_own_work_and_not_the_managers(cast):
    client = client_of(cast, "desk")
    assert client.get(reverse("admin:news_announcement_changelist")).status_code == 200
    assert client.get(reverse("admin:news_subscription_changelist")).status_code == 403
    assert client.get(reverse("admin:members_user_changelist")).status_code == 403


def test_a_post_without_its_token_is_refused_everywhere_but_at_the_one_click_door(cast):
    client, accepted = Client(enforce_csrf_checks=True), []
    client.force_login(cast.people["super"])
    for page in [*our_pages(), *admin_pages()]:
        value = cast.subscription.token if page.name == "news:unsubscribe" else "1"
        values = dict.fromkeys(page.parameters, value)
        url = reverse(page.name, kwargs=values) if page in our_pages() else admin_url(page, cast)
        with transaction.atomic():
            response = client.post(url)
            transaction.set_rollback(True)
        if response.status_code not in (403, 404, 405):
            accepted.append(page.name)
    assert accepted == ["news:unsubscribe"]


def test_a_page_that_nobody_declared_stops_the_start(monkeypatch):
    from gate40.checks import every_page_has_a_policy

    assert every_page_has_a_policy(None) == []
    monkeypatch.setattr(policy, "third_party", dict)
    assert "gate40.E001" in {error.id for error in every_page_has_a_policy(None)}
    monkeypatch.undo()
    monkeypatch.setattr(policy, "rights", dict)
    assert {error.id for error in every_page_has_a_policy(None)} == {"gate40.E002"}


@pytest.mark.parametrize("named", ["profile.edit", "partners"])
def test_the_matrix_sees_a_page_left_open(cast, monkeypatch, named):
    """The negative control: were the table to promise less, the very same walk would complain."""
    stricter = {**policy.rights(), named: {**policy.rights()[named], "owner": "404"}}
    monkeypatch.setattr(policy, "rights", lambda: stricter)
    pages = [page for page in our_pages() if page.policy == named]
    assert [fault for page in pages for fault in faults(cast, "owner", page)]


def test_the_policy_names_every_role_of_the_cast():
    assert all(list(row) == ROLES for row in policy.rights().values())


def refused_in_the_body(found):
    """Pages that a guard opens to whoever has signed in and the table closes to somebody: their check is hidden."""
    for page in found:
        cells = policy.rights()[page.policy] if getattr(page.view, "is_for_anybody_signed_in", False) else {}
        yield from (f"{page.name}: {role}" for role, cell in cells.items() if role != "anon" and cell != "A")


def test_a_guard_checks_what_its_page_needs():
    assert list(refused_in_the_body(our_pages())) == []


def test_a_check_hidden_in_a_page_is_seen(monkeypatch):
    """The negative control: guarded by a mere sign-in, a page of members would be named."""
    page = next(page for page in our_pages() if page.policy == "rooms")
    monkeypatch.setattr(page.view, "is_for_anybody_signed_in", True, raising=False)
    assert "matchmaking:rooms: pending" in list(refused_in_the_body(our_pages()))


def test_the_strict_policy_allows_nothing_inline():
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert not any("unsafe" in source for sources in directives.values() for source in sources)
    assert directives["object-src"] == directives["base-uri"] == directives["frame-ancestors"] == ["'none'"]


def size_of(cast):
    """(answers that the two walks ask for, canaries looked for in each of them)."""
    asked = [len(objects_for(page, cast)) for page in our_pages()]
    ours = sum(asked) * len(METHODS) + len(asked) * len(RARE_METHODS)
    hidden = {canary(slug) for slug in [*KINDS, "ombra", "presentazione", "stanza"]}
    return len(ROLES) * (ours + 2 * len(admin_pages())), len(hidden | {"canarino-bozza", FOR_MEMBERS, NOT_OUT_YET})


def test_the_matrix_is_large(cast):
    """`manage.py verify -- -s tests/test_permissions.py -k is_large` prints the figures of docs/security.md."""
    answers, canaries = size_of(cast)
    print(f"{answers} answers of the matrix, {answers * canaries} looks for a canary")
    assert (answers >= 10_000, answers * canaries >= 60_000) == (True, True)
