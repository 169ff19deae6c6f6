"""Profiles of three kinds: edited whole, by two people at once, with a logo; shown to each as each may see."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from gate40.observatory.documents import pdf
from members.backoffice import competence_merge
from members.models import (
    Competence,
    EconomicActivity,
    Facility,
    FinancierTerms,
    FirmDetails,
    Need,
    Offer,
    Organization,
    TermProposal,
)
from members.profiles import visible_profile
from members.rules import visibility
from members.rules.visibility import Viewer
from tests.cast import canary, competence, give

EMPTY = {
    f"{prefix}-{name}": 0 for prefix in ("offers", "needs", "facilities") for name in ("TOTAL_FORMS", "INITIAL_FORMS")
}


def client_of(client, cast, role):
    client.force_login(cast.people[role])
    return client


def sent(organization, **changes):
    """What the browser sends for a profile whose rows of competences are left alone."""
    return {
        "name": organization.name,
        "version": organization.version,
        **{f"visibility-{name}": level for name, level in visibility.DEFAULTS.items()},
        **EMPTY,
        **changes,
    }


def edit(client, organization, **changes):
    return client.post(reverse("members:edit", args=[organization.slug]), sent(organization, **changes))


def test_a_firm_says_its_ateco_codes_and_agrees_to_be_seen_by_financiers(client, cast):
    EconomicActivity.objects.create(code="23.70", title_it="Taglio di pietre", level=3)
    changes = {"details-activities": "23.70", "details-plants": 2, "workers": 12, "is_visible_to_financiers": "on"}
    assert edit(client_of(client, cast, "owner"), cast["alfa"], **changes).status_code == 302
    alfa = Organization.objects.get(slug="alfa")
    assert [one.code for one in alfa.firm_details.activities.all()] == ["23.70"]
    assert alfa.is_visible_to_financiers and alfa.visible_to_financiers_since
    edit(client, alfa, workers=12)
    alfa.refresh_from_db()
    assert (alfa.is_visible_to_financiers, alfa.visible_to_financiers_since) == (False, None)


def test_an_unknown_ateco_code_is_said_at_its_field_and_nothing_is_written(client, cast):
    page = edit(client_of(client, cast, "owner"), cast["alfa"], **{"details-activities": "99.99", "workers": 12})
    assert "«99.99» non esiste" in page.content.decode()
    assert not FirmDetails.objects.exists()
    assert Organization.objects.get(slug="alfa").workers is None


def test_a_research_centre_keeps_cards_of_its_laboratories(client, cast):
    rows = {
        "facilities-TOTAL_FORMS": 1,
        "facilities-0-name": "Tomografo",
        "facilities-0-kind": "equipment",
        "facilities-0-competence": competence("QLT.01.02").pk,
        "facilities-0-is_open_to_third_parties": "on",
    }
    assert edit(client_of(client, cast, "research"), cast["gamma"], **rows).status_code == 302
    assert Facility.objects.of_published().open_to_third_parties().get().name == "Tomografo"


def test_a_financier_says_its_limits_and_a_crossed_ticket_is_refused(client, cast):
    limits = {"details-instruments": ["loan"], "details-ticket_min": 100, "details-ticket_max": 50}
    page = edit(client_of(client, cast, "financier"), cast["delta"], **limits)
    assert "minore di quello minimo" in page.content.decode()
    edit(client, cast["delta"], **limits | {"details-ticket_max": 500, "details-provinces": ["MS"]})
    terms = FinancierTerms.objects.get()
    assert (terms.instruments, terms.ticket_max, [one.pk for one in terms.provinces.all()]) == (["loan"], 500, ["MS"])


def test_a_vat_number_once_stored_is_not_changed_from_the_profile(client, cast):
    Organization.objects.filter(slug="alfa").update(vat_number="39602300012")
    edit(client_of(client, cast, "owner"), cast["alfa"], vat_number="17308390461")
    assert Organization.objects.get(slug="alfa").vat_number == "39602300012"


def test_whoever_saves_second_sees_both_versions_and_loses_neither(client, cast):
    opened, alfa = cast["alfa"], Organization.objects.get(slug="alfa")
    kept = alfa.offers.get()
    edit(client_of(client, cast, "owner"), alfa, description="La versione di Ada", workers=12)
    give(alfa, offers={"ROB.01.01": 4})
    mine = {
        "description": "La versione di Bea",
        "offers-TOTAL_FORMS": 2,
        "offers-INITIAL_FORMS": 1,
        "offers-0-id": kept.pk,
        "offers-0-competence": kept.competence_id,
        "offers-0-level": 5,
        "offers-1-competence": competence("ADD.01.01").pk,
        "offers-1-level": 2,
    }
    page = edit(client_of(client, cast, "editor"), opened, **mine)
    text = page.content.decode()
    assert page.status_code == 409
    assert "La versione di Ada" in text and "La versione di Bea" in text
    assert Organization.objects.get(slug="alfa").description == "La versione di Ada"
    rows = [(form["competence"].value(), form["level"].value()) for form in page.context["editor"].offers]
    expected = {
        str(kept.competence_id): "5",
        str(competence("ROB.01.01").pk): "4",
        str(competence("ADD.01.01").pk): "2",
    }
    assert {str(key): str(level) for key, level in rows if key} == expected


def test_two_who_save_the_same_version_make_one_winner_and_one_conflict(client, cast):
    first = edit(client_of(client, cast, "owner"), cast["alfa"], description="prima")
    second = edit(client, cast["alfa"], description="seconda")
    assert (first.status_code, second.status_code) == (302, 409)


def picture(kind="PNG", size=(800, 600), **options):
    out = BytesIO()
    Image.new("RGB", size, "navy").save(out, kind, **options)
    return out.getvalue()


def upload(content, name="logo.png"):
    return SimpleUploadedFile(name, content, "image/png")


def test_a_logo_becomes_a_small_png_with_a_name_that_tells_nothing(client, cast):
    exif = Image.Exif()
    exif[0x010E] = "segreto-nel-file"
    edit(client_of(client, cast, "owner"), cast["alfa"], logo=upload(picture("JPEG", exif=exif), "alfa-spa.jpg"))
    alfa = Organization.objects.get(slug="alfa")
    with alfa.logo.open() as file:
        stored = file.read()
    assert b"segreto" not in stored and "alfa" not in alfa.logo.name
    with Image.open(BytesIO(stored)) as image:
        assert (image.format, image.size) == ("PNG", (512, 384))
    answer = client.get(reverse("members:logo", args=["alfa"]))
    assert (answer["Content-Type"], b"".join(answer.streaming_content)) == ("image/png", stored)


def test_a_new_logo_takes_the_place_of_the_old_file(client, cast, django_capture_on_commit_callbacks):
    edit(client_of(client, cast, "owner"), cast["alfa"], logo=upload(picture()))
    old = Organization.objects.get(slug="alfa").logo
    with django_capture_on_commit_callbacks(execute=True):
        edit(client, Organization.objects.get(slug="alfa"), logo=upload(picture("WEBP")))
    assert not old.storage.exists(old.name)


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\nshowpage\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (EPS, "non è un&#x27;immagine PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "non è un&#x27;immagine PNG"),
        (picture("GIF"), "non è un&#x27;immagine PNG"),
        (picture()[:200], "rovinata"),
        (picture(size=(4001, 4001)), "16 milioni"),
        (picture() + b"\0" * 2_100_000, "2 MB"),
    ],
    ids=["eps", "svg", "gif", "truncated", "too many pixels", "too heavy"],
)
def test_what_is_no_small_picture_is_refused_in_one_sentence(client, cast, content, said):
    page = edit(client_of(client, cast, "owner"), cast["alfa"], logo=upload(content), workers=12)
    assert said in page.content.decode()
    alfa = Organization.objects.get(slug="alfa")
    assert (alfa.logo.name, alfa.workers) == ("", None)


def test_a_broken_picture_is_refused_after_a_pdf_was_made_too(client, cast):
    """WeasyPrint tells Pillow to accept broken pictures, for the whole process."""
    try:
        pdf.render("<html lang='it'><title>Prova</title><p>Prova</p></html>", "css/report.css")
    except pdf.Missing:
        pytest.skip("without Pango there is no PDF")
    page = edit(client_of(client, cast, "owner"), cast["alfa"], logo=upload(picture()[:200]), workers=12)
    assert "rovinata" in page.content.decode()


@pytest.mark.parametrize(
    ("role", "viewer"),
    [
        ("anon", Viewer.PUBLIC),
        ("pending", Viewer.PUBLIC),
        ("exmember", Viewer.PUBLIC),
        ("financier", Viewer.PUBLIC),
        ("other_firm", Viewer.MEMBER),
        ("research", Viewer.MEMBER),
        ("reader", Viewer.OWN),
        ("desk", Viewer.OWN),
    ],
)
def test_each_looks_at_a_firm_with_their_own_rights(cast, role, viewer):
    from django.contrib.auth.models import AnonymousUser

    assert visible_profile.viewer_of(cast.people[role] or AnonymousUser(), cast["alfa"]) == viewer


def test_a_financier_counts_as_a_member_once_the_firm_agrees(cast):
    cast["alfa"].is_visible_to_financiers = True
    assert visible_profile.viewer_of(cast.people["financier"], cast["alfa"]) == Viewer.MEMBER


@pytest.mark.parametrize(
    ("level", "seen_by"),
    [("public", [0, 1, 2, 3]), ("members", [1, 2, 3]), ("party", [2, 3]), ("nobody", [3]), ("boh", [3])],
)
def test_a_field_is_seen_from_its_level_up(level, seen_by):
    assert [viewer for viewer in Viewer if visibility.may_see({"phone": level}, "phone", viewer)] == seen_by


def test_the_preview_shows_to_its_owner_what_others_see(client, cast):
    client_of(client, cast, "owner")
    url = reverse("members:preview", args=["alfa"])
    seen = {come: client.get(url, {"come": come}).content.decode() for come in ("pubblico", "membro", "parte")}
    assert [canary("alfa") in page for page in seen.values()] == [False, False, True]
    assert ["Collaudo" in page or "Competenze cercate" in page for page in seen.values()] == [False, True, True]
    assert not any("riservata" in page for page in seen.values())


def test_a_profile_says_its_age_in_words_and_a_button_renews_it(client, cast):
    client_of(client, cast, "owner")
    alfa = Organization.objects.get(slug="alfa")
    alfa.reviewed_on = alfa.reviewed_on.replace(year=alfa.reviewed_on.year - 2)
    alfa.save()
    assert "rivisto più di un anno fa" in client.get(alfa.get_absolute_url()).content.decode()
    client.post(reverse("members:confirm", args=["alfa"]))
    assert "rivisto oggi" in client.get(alfa.get_absolute_url()).content.decode()


def test_merging_brings_offers_needs_and_words_over_and_the_history_keeps_the_old_term(cast):
    old, into = competence("PRD.01.05"), competence("PRD.01.04")
    give(cast["gamma"], offers={"PRD.01.05": 4})
    give(cast["alfa"], offers={"PRD.01.05": 2}, needs={"PRD.01.05": 1})
    competence_merge.merge_competences(old, into)
    assert not Offer.objects.filter(competence=old).exists() and not Need.objects.filter(competence=old).exists()
    assert Offer.objects.get(organization=cast["gamma"], competence=into).level == 4
    assert Offer.objects.get(organization=cast["alfa"], competence=into).level == 3
    assert into.aliases.filter(term=old.name_it.lower()).exists()
    assert Competence.objects.get(pk=old.pk).merged_into == into
    assert list(old.events.order_by("pgh_id").values_list("merged_into_id", flat=True))[-1] == into.pk


def test_a_term_is_proposed_in_the_name_of_the_organization(client, cast):
    client_of(client, cast, "editor").post(reverse("members:propose_term", args=["alfa"]), {"term": "marmettola fine"})
    assert TermProposal.objects.get().organization == cast["alfa"]


@pytest.mark.parametrize("many", [1, 40])
def test_a_full_profile_costs_the_same_queries_however_much_it_says(client, cast, many, django_assert_num_queries):
    leaves = list(Competence.objects.selectable().exclude(offers__organization=cast["alfa"])[:many])
    Offer.objects.bulk_create(Offer(organization=cast["alfa"], competence=leaf) for leaf in leaves)
    details = FirmDetails.objects.create(organization=cast["alfa"], plants=1)
    codes = [EconomicActivity(code=f"{number:02}.00", title_it="Prova", level=2) for number in range(many)]
    details.activities.set(EconomicActivity.objects.bulk_create(codes))
    with django_assert_num_queries(4):  # the organization with all that it has once, its codes, offers, adhesions
        client.get(reverse("members:profile", args=["alfa"]))
