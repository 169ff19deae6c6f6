"""The cast of the tests: who could leak is in the room.

Alfa is the firm we look after; Beta is a firm like it; Gamma is a research centre, Delta a financier; Bozza is a draft
that the staff have not published. Every private field holds a canary: a word that only its owner may ever see.
"""

from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from gate40.observatory import closing
from gate40.observatory.models import Experiment
from matchmaking.models import (
    CollaborationRequest,
    Consortium,
    ConsortiumNote,
    Interest,
    Introduction,
    Invitation,
    Opportunity,
    RequestedCompetence,
    Requirement,
    Room,
    RoomFile,
    SavedSearch,
    Service,
    ServiceRequest,
)
from members.models import (
    Adhesion,
    Competence,
    Municipality,
    Need,
    Network,
    Offer,
    Organization,
    Province,
    Representative,
    RepresentativeInvitation,
    User,
)
from members.reference.loaders import load_taxonomy
from news.models import Announcement, Notification, Subscription

OWNERS = {
    "draft_owner": "bozza",
    "owner": "alfa",
    "editor": "alfa",
    "reader": "alfa",
    "other_firm": "beta",
    "research": "gamma",
    "financier": "delta",
}
ROLES = [
    "anon",
    "pending",
    "draft_owner",
    "reader",
    "editor",
    "owner",
    "other_firm",
    "research",
    "financier",
    "exmember",
    "no_factor",
    "desk",
    "manager",
    "super",
]
KINDS = {"alfa": "firm", "beta": "firm", "gamma": "research_center", "delta": "financier", "bozza": "firm"}
MET = ("alfa", "gamma")  # once a test asks for their room
STAFF = {"desk": "Redazione", "manager": "Gestione", "super": None}
SLEEPING = "no_factor"  # a superuser without the second factor: where it is asked for, nobody at all
FOR_MEMBERS, NOT_OUT_YET = "canarino-soci", "canarino-inedito"  # in what members see of each other; in drafts of staff


# What a score keeps with an invitation: one line, for the measuring that Gamma offers.
KEPT_SCORE = {
    "seeker": "richiesta",
    "partner": 0,
    "points": 6000,
    "lines": [
        {
            "kind": "they_offer",
            "points": 6000,
            "need": {"code": "QLT.01.02", "priority": 3},
            "offer": {"code": "QLT.01.02", "level": 4},
        }
    ],
}


def canary(slug):
    return f"canarino-{slug}-riservato"


class Cast:
    """Everybody, in the database. `cast.people[role]` is a User (None for "anon"); `cast["alfa"]` an organization."""

    def __init__(self):
        if not Competence.objects.exists():  # a test with real transactions has emptied every table
            load_taxonomy()
        self.carrara = municipality("Carrara", "MS")
        self.pisa = municipality("Pisa", "PI")
        self.organizations = {slug: self._organization(slug, kind) for slug, kind in KINDS.items()}
        self.shadow = self._shadow()
        self.people = {role: self._person(role) for role in ROLES}
        self.opportunity = self._opportunity("bando-aperto", Opportunity.Status.PUBLISHED)
        self.hidden_opportunity = self._opportunity("bando-bozza", Opportunity.Status.DRAFT)
        self.proposal = self._opportunity("proposta-di-alfa", Opportunity.Status.PROPOSED, proposed_by=self["alfa"])
        self.interest = self._interest(self.opportunity, self["alfa"])
        self.request = self._opportunity("richiesta-di-alfa", Opportunity.Status.CLOSED, proposed_by=self["alfa"])
        self.answer_to_alfa = self._interest(self.request, self["beta"], brings="Portiamo.", needs="Ci serve.")
        self.search = SavedSearch.objects.create(
            user=self.people["owner"], organization=self["alfa"], name=canary("alfa"), query="q=laser"
        )
        self.consortium = self._consortium(self["alfa"])
        self.consortium_of_beta = self._consortium(self["beta"])
        self._requests()
        self.announcement = announcement("annuncio-uscito", timezone.now() - timedelta(days=1))
        self.hidden_announcement = announcement("annuncio-bozza", None)
        self.subscription = subscription(self["alfa"])
        self.invitation = RepresentativeInvitation.objects.create(
            organization=self["alfa"], email="pending@persone.example", invited_by=self.people["owner"]
        )

    def __getitem__(self, slug):
        return self.organizations[slug]

    @cached_property
    def event(self):
        """Made when a test asks for it: the lists of the others stay as short as they were."""
        return self._opportunity("evento-aperto", Opportunity.Status.PUBLISHED, kind=Opportunity.Kind.EVENT)

    @cached_property
    def experiment(self):
        """A trial that has begun."""
        today = timezone.localdate()
        return Experiment.objects.create(
            name="Prova",
            network=Network.objects.get(slug="gate-4-0"),
            starts_on=today - timedelta(days=30),
            ends_on=today + timedelta(days=30),
        )

    @cached_property
    def notification(self):
        """The owner's own: not even a colleague may read it."""
        return Notification.objects.create(
            user=self.people["owner"], kind="opportunity", occasion="prova", title=canary("alfa")
        )

    @cached_property
    def introduction(self):
        """The desk has introduced Alfa and Gamma."""
        made = Introduction.objects.create(broker=self.people["desk"], title="Parlatevi", text=canary("presentazione"))
        for slug in MET:
            made.sides.create(organization=self[slug])
        return made

    @cached_property
    def room(self):
        """Of Alfa and Gamma: what is said there is not even for the staff. Even to each other they show no contacts."""
        hidden = {"phone": "nobody", "contact_email": "nobody", "website": "members"}
        Organization.objects.filter(slug__in=MET).update(visibility=hidden)
        sides = {"asker": self["alfa"], "answerer": self["gamma"]}
        made = Room.objects.create(introduction=self.introduction, title="Misure", **sides, next_step=canary("stanza"))
        message = made.messages.create(organization=self["alfa"], text=canary("stanza"))
        content = ContentFile(canary("stanza").encode(), name="prova.txt")
        RoomFile.objects.create(message=message, name=canary("stanza"), size=24, file=content)
        return made

    @cached_property
    def service(self):
        return Service.objects.get_or_create(slug="check-up", defaults={"name": "Check-up", "text": "Una visita."})[0]

    @cached_property
    def service_request(self):
        told = {"service": self.service, "organization": self["alfa"], "by": self.people["owner"]}
        return ServiceRequest.objects.create(**told, text=canary("alfa"))

    def canaries_of(self, role):
        """The canaries that a role may see: its own organization's and its room's; for the staff all but the room's."""
        if role in STAFF:
            hidden = {canary(slug) for slug in [*KINDS, "ombra", "presentazione"]}
            return hidden | {"canarino-bozza", FOR_MEMBERS, NOT_OUT_YET}
        slug = OWNERS.get(role)
        if slug == "bozza":
            return {canary(slug), "canarino-bozza"}
        shared = {canary("presentazione"), canary("stanza")} if slug in MET else set()
        return shared | ({canary(slug), FOR_MEMBERS} if slug else set())

    def give_factors(self):
        """The staff of the cast get their second factor, all but the one who sleeps."""
        Authenticator.objects.bulk_create(
            Authenticator(user=self.people[role], type=Authenticator.Type.TOTP, data={"secret": "A" * 32})
            for role in STAFF
        )

    def _organization(self, slug, kind):
        organization = Organization.objects.create(
            kind=kind,
            name=slug.capitalize() if slug != "bozza" else "Bozza canarino-bozza",
            slug=slug,
            status=Organization.Status.DRAFT if slug == "bozza" else Organization.Status.PUBLISHED,
            municipality=self.pisa if slug == "gamma" else self.carrara,
            private_notes=canary(slug),
            website="" if slug == "bozza" else f"https://{FOR_MEMBERS}.example/",
            visibility={"website": "members"},
            phone=canary(slug),
            contact_email=f"{canary(slug)}@{slug}.example",
        )
        give(organization, offers={"PRD.01.04": 3} if kind == "firm" else {"QLT.01.02": 4, "DIG.01.03": 3})
        give(organization, needs={"QLT.01.02": 3, "DIG.01.03": 2} if kind == "firm" else {"PRD.01.04": 2})
        Need.objects.create(organization=organization, competence=competence("MAT.02.03"), is_blind=True)
        network = Network.objects.get_or_create(slug="gate-4-0", defaults={"name": "Gate 4.0"})[0]
        Adhesion.objects.create(organization=organization, network=network, state=Adhesion.State.MEMBER)
        return organization

    def _shadow(self):
        """An organization that staff loaded: nobody speaks for it, and its contacts are nobody's business yet."""
        return Organization.objects.create(
            kind="firm",
            name="Ombra",
            slug="ombra",
            status=Organization.Status.SHADOW,
            municipality=self.carrara,
            vat_number="00743110157",
            description=canary("ombra"),
            private_notes=canary("ombra"),
            phone=canary("ombra"),
            contact_email=f"{canary('ombra')}@ombra.example",
        )

    def _person(self, role):
        if role == "anon":
            return None
        powers = {"is_staff": role in (*STAFF, SLEEPING), "is_superuser": role in ("super", SLEEPING)}
        user = person(f"{role.removesuffix('_owner')}@persone.example", **powers)
        if STAFF.get(role):
            user.groups.add(Group.objects.get(name=STAFF[role]))
        if role in OWNERS:
            kind = role if role in Representative.Role.values else Representative.Role.OWNER
            Representative.objects.create(user=user, organization=self[OWNERS[role]], role=kind)
        return user

    def _interest(self, opportunity, organization, **fields):
        fields = {"brings": canary(organization.slug), "needs": canary(organization.slug), **fields}
        return Interest.objects.create(
            opportunity=opportunity, organization=organization, status="sent", sent_at=timezone.now(), **fields
        )

    def _consortium(self, lead):
        """A shared space that holds a canary: nobody but the lead is in it yet."""
        made = Consortium.objects.create(opportunity=self.opportunity, lead=lead, name=canary(lead.slug), cost=400_000)
        ConsortiumNote.objects.create(consortium=made, organization=lead, text=canary(lead.slug))
        return made

    def _requests(self):
        """A draft of Alfa; an open one, with a half-written answer of Gamma; a blind one of whom nobody may know."""
        self.request_draft = self._asked("alfa", title=f"Abbozzo {canary('alfa')}", state="draft", opened_at=None)
        self.asked = self._asked("alfa", title="Misurare lastre")
        self.taken = Invitation.objects.create(
            request=self.asked,
            organization=self["gamma"],
            state=Invitation.State.TAKEN,
            taken_by=self.people["research"],
            brings=canary("gamma"),
            detail=KEPT_SCORE,
            points=6000,
        )
        self.blind = self._asked("bozza", title="Rivestire una pala", is_blind=True, terms="Riservato.", terms_hash="0")
        self.blind_invitation = Invitation.objects.create(request=self.blind, organization=self["gamma"])

    def _asked(self, slug, **fields):
        values = {"state": "open", "opened_at": timezone.now(), "text": "Ci serve aiuto.", "ip": "joint", **fields}
        values["closes_on"] = timezone.localdate() + timedelta(days=30)
        made = CollaborationRequest.objects.create(
            organization=self[slug], author=self.people["owner"] if slug == "alfa" else None, **values
        )
        RequestedCompetence.objects.create(request=made, competence=competence("QLT.01.02"), weight=3)
        return made

    def _opportunity(self, slug, status, **fields):
        hidden = canary(fields["proposed_by"].slug) if "proposed_by" in fields else NOT_OUT_YET
        opportunity = Opportunity.objects.create(
            title=slug if status in ("published", "closed") else f"{slug} {hidden}",
            slug=slug,
            text="Testo del bando.",
            status=status,
            deadline=timezone.localdate() + timedelta(days=30),
            **fields,
        )
        Requirement.objects.create(opportunity=opportunity, competence=competence("PRD.01.04"), weight=3)
        return opportunity


def person(email, password="parola-lunga", **powers):
    user = User.objects.create_user(email, password, full_name="Persona", **powers)
    user.emailaddress_set.create(email=email, verified=True, primary=True)
    return user


def act_in_admin(client, url, action, chosen, **fields):
    """The page after an action of the admin on some rows; where it asks first, after the yes."""
    fields = {"action": action, "_selected_action": [one.pk for one in chosen], **fields}
    page = client.post(url, fields, follow=True)
    asked = page.context.get("count") if page.context and "kept" in page.context else None
    return client.post(url, {**fields, "confirmed": asked}, follow=True) if asked else page


def close_trial(trial):
    """Close an experiment before its time, without the page that asks for its texts and its last day."""
    Experiment.objects.filter(pk=trial.pk, state=Experiment.State.OPEN).update(state=Experiment.State.READY)
    return closing.close_experiment(trial)


def approve_trial(trial, decision="goes_on"):
    """Close it, and let the assembly have spoken today."""
    snapshot = close_trial(trial)
    closing.approve_report(trial, approved_on=timezone.localdate(), decision=decision, protocol="12/2030")
    return snapshot


def say_again(client):
    """Who one is, with the password, as whatever cannot be undone asks."""
    client.post(reverse("account_reauthenticate"), {"password": "parola-lunga"})


def municipality(name, province):
    where = {"MS": ("Massa-Carrara", 44.036, 10.141), "PI": ("Pisa", 43.716, 10.401), "LU": ("Lucca", 43.843, 10.505)}
    full_name, latitude, longitude = where[province]
    found, _is_new = Province.objects.get_or_create(
        code=province, defaults={"name": full_name, "region": "Toscana", "latitude": latitude, "longitude": longitude}
    )
    return Municipality.objects.get_or_create(name=name, province=found)[0]


def competence(code):
    return Competence.objects.get(code=code)


def give(organization, offers=None, needs=None):
    """Offers as {code: level}, needs as {code: priority}."""
    for code, level in (offers or {}).items():
        Offer.objects.create(organization=organization, competence=competence(code), level=level)
    for code, priority in (needs or {}).items():
        Need.objects.create(organization=organization, competence=competence(code), priority=priority)


def announcement(slug, published_at):
    title, state = (slug, "published") if published_at else (f"{slug} {NOT_OUT_YET}", "draft")
    body = "<p>Testo dell'annuncio.</p>"
    return Announcement.objects.create(title=title, slug=slug, body=body, published_at=published_at, state=state)


def subscription(organization, **fields):
    """One that its holder has confirmed: another address of whoever represents the organization."""
    fields = {"email": f"posta@{organization.slug}.example", "confirmed_at": timezone.now(), **fields}
    hold_address(organization, fields["email"])
    return Subscription.objects.create(organization=organization, **fields)


def hold_address(organization, email):
    """The address is an account's that speaks for the organization: whoever has it already, its first person, or
    somebody new."""
    holder = User.objects.filter(emailaddress__email__iexact=email, emailaddress__verified=True).first()
    speaking = Representative.objects.filter(organization=organization).order_by("pk").first()
    if holder or speaking is None:
        holder = holder or person(email)
        Representative.objects.get_or_create(user=holder, organization=organization, defaults={"role": "reader"})
    else:
        EmailAddress.objects.create(user=speaking.user, email=email, verified=True)
