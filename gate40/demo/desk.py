"""What lies on the desks of the demo: things that wait for the staff, and what the firm of the demo follows.

A district where nothing waits would show empty pages; every step here is taken by the functions that the pages call.
"""

from django.contrib.auth.models import Group

from matchmaking.models import Interest, Opportunity, Requirement
from matchmaking.opportunities import bookmarks, interests, publication, saved_searches
from members.models import Competence, Organization, TermProposal, User
from members.people import claims
from news.models import Announcement, Newsletter, Segment
from news.newsletters import approval, newsletters
from news.parsers import rich_text

from ..staff import make_groups

NEWS = "Porte aperte ai laboratori"
NEWS_TEXT = """Un pomeriggio fra banchi di prova e robot: si visitano tre centri di ricerca della rete, un'impresa alla
volta. Annuncio inventato, per la dimostrazione."""
WANTED = (
    "Cerchiamo un banco prova per pompe ad alta pressione",
    "Ci serve per due settimane, con un tecnico. Proposta inventata, per la dimostrazione.",
    {"QLT.01.04": 2, "PRD.03.01": 1},
)
BRINGS = "Marmettola asciutta, 20 tonnellate al mese, con le analisi. Testo inventato."
NEEDS = "Chi la macini sotto i 40 micron e la provi in un composito."


def fill() -> None:
    """Called once, inside the transaction that builds the district."""
    make_groups()
    firm = Organization.objects.get(representatives__user__email="impresa@demo.example")
    owner = User.objects.get(email="impresa@demo.example")
    editor = User.objects.get(email="redazione@demo.example")
    editor.groups.add(Group.objects.get(name="Redazione"))
    _followed(owner, firm)
    _to_judge(owner, firm)
    _to_approve(editor)


def _followed(owner, firm):
    """Two opportunities and a search that the firm follows, and one that it has answered."""
    near = Opportunity.objects.open().order_by("deadline")
    for opportunity in near.filter(kind=Opportunity.Kind.CALL)[:2]:
        bookmarks.follow_opportunity(owner, firm, opportunity)
    saved_searches.save_search(owner, firm, "kind=call&q=lapideo")
    wanted = near.filter(title__contains="marmettola").first()
    interest = Interest.objects.create(
        opportunity=wanted, organization=firm, brings=BRINGS, needs=NEEDS, ip=Interest.Ip.JOINT
    )
    interests.send_interest(interest, owner)


def _to_judge(owner, firm):
    """A claim, a double, a word and a proposal."""
    someone = User.objects.create(email="titolare@demo.example", full_name="Tito Prova")
    claimed, doubled = Organization.objects.shadows().order_by("pk")[:2]
    claims.claim_organization(claimed, someone, "Sono il titolare: posso mandare una visura.")
    Organization.objects.create(
        kind=doubled.kind,
        name=doubled.name.upper(),
        slug=f"{doubled.slug}-2",
        status=Organization.Status.SHADOW,
        municipality=doubled.municipality,
    )
    TermProposal.objects.create(term="fresatura del travertino", organization=firm)
    title, text, competences = WANTED
    wanted = Opportunity.objects.create(
        kind=Opportunity.Kind.COLLABORATION,
        title=title,
        slug="cerchiamo-un-banco-prova",
        text=text,
        proposed_by=firm,
        proposer=owner,
    )
    for code, weight in competences.items():
        Requirement.objects.create(opportunity=wanted, competence=Competence.objects.get(code=code), weight=weight)
    publication.propose_opportunity(wanted, owner)


def _to_approve(editor):
    """An announcement that waits for a second person, and an issue ready to be read."""
    announcement = Announcement.objects.create(
        title=NEWS, slug="porte-aperte", body=rich_text.paragraphs(NEWS_TEXT), author=editor
    )
    approval.submit_announcement(announcement, editor)
    issue = Newsletter.objects.create(
        subject="Che cosa si muove nella rete (esempio)",
        preheader="Annunci, bandi e un seminario",
        intro=rich_text.paragraphs("Ecco le novità del mese. Numero inventato, per la dimostrazione."),
        segment=Segment.objects.get(name="Imprese di Massa-Carrara"),
        author=editor,
    )
    things = [*Announcement.objects.published()[:2], *Opportunity.objects.open().order_by("deadline")[:2]]
    for position, thing in enumerate(things, start=1):
        issue.items.create(position=position, **{thing._meta.model_name: thing})
    newsletters.submit_issue(issue, editor)
