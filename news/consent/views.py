"""Pages on which an address says what it wants to hear, and stops hearing it."""

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from members.guards import public, representative_required

from ..models import Subscription, Suppression
from . import ledger
from .forms import PreferencesForm, SubscribeForm

Purpose = Subscription.Purpose


@public("mail.subscribe")
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe(request):
    form = SubscribeForm(request.POST or None)
    if form.is_valid() and _ask(request, form, source="/iscrizioni/"):
        return render(request, "news/asked.html", {"email": form.cleaned_data["email"], "days": ledger.LINK_LASTS.days})
    return render(request, "news/subscribe.html", {"form": form})


@representative_required("mail.own")
@require_http_methods(["GET", "HEAD", "POST"])
def own_subscriptions(request, organization):
    """What one's own address receives for the organization; whoever represents it asks for themselves only."""
    form = SubscribeForm(
        request.POST or None,
        purposes=offered_to(organization),
        initial={"email": request.user.email},
    )
    form.fields["email"].disabled = True
    if form.is_valid() and _ask(
        request, form, source=f"/rete/{organization.slug}/iscrizioni/", organization=organization
    ):
        asked = {"email": request.user.email, "organization": organization, "days": ledger.LINK_LASTS.days}
        return render(request, "news/asked.html", asked)
    mine = Subscription.objects.of_address(request.user.email).filter(organization=organization)
    context = {"form": form, "organization": organization, "subscriptions": mine}
    context["suspension"] = suspension_of(request.user.email)
    return render(request, "news/own_subscriptions.html", context)


def offered_to(organization):
    """The digest is for the published organizations of the home province; the newsletter is for everybody."""
    home = settings.PORTAL["home_province"]
    hears = organization.is_published and organization.province and organization.province.pk == home
    return [Purpose.DIGEST, Purpose.NEWSLETTER] if hears else [Purpose.NEWSLETTER]


def _ask(request, form, source, organization=None):
    """Note the wish and send the link. The answer is the same whether or not the address is known."""
    by = request.user.email if request.user.is_authenticated else ""
    try:
        ledger.ask_consent(
            form.cleaned_data["email"],
            form.chosen,
            organization=organization,
            source=source,
            ip=_ip(request),
            by=by,
        )
    except ledger.TooMany:
        form.add_error("email", _("Troppe richieste da qui in un'ora: riprovate più tardi."))
        return False
    return True


@public("mail.preferences")
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request, token):
    """The link of the mail: opening it changes nothing, for scanners open links too; the button confirms."""
    subscriptions = list(ledger.subscriptions_of_link(token))
    if request.method == "POST" and subscriptions:
        button = {"source": "/iscrizioni/conferma/", "by_mailed_button": True}
        ledger.confirm_consent(subscriptions, ip=_ip(request), **button)
        return render(request, "news/confirmed.html", {"subscriptions": subscriptions})
    status = 200 if subscriptions else 404
    return render(request, "news/confirm.html", {"subscriptions": subscriptions, "token": token}, status=status)


@public("mail.preferences")
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request, token):
    """Whoever holds the link decides about everything its address receives, without a password."""
    subscription = get_object_or_404(Subscription.objects.select_related("organization"), token=token)
    source, ip = "/iscrizioni/…/", _ip(request)
    if request.method == "POST" and {"stop", "resume"} & set(request.POST):
        if "stop" in request.POST:
            ledger.leave_purpose(subscription, source=source, ip=ip)
        else:
            ledger.confirm_consent([subscription], source=source, ip=ip)
        return render(request, "news/unsubscribe.html", {"subscription": subscription, "is_changed": True})
    same = Subscription.objects.of_address(subscription.email).select_related("organization").order_by("purpose", "pk")
    form = PreferencesForm(request.POST or None, subscriptions=list(same))
    if form.is_valid():
        form.apply(source=source, ip=ip)
        messages.success(request, _("Fatto: è come avete scelto."))
        return redirect("news:preferences", token=token)
    context = {"subscription": subscription, "form": form, "suspension": suspension_of(subscription.email)}
    return render(request, "news/preferences.html", context)


def suspension_of(address):
    """Why and since when nothing leaves for the address, for its holder to read; None when all is well."""
    return Suppression.objects.of(address).first()


# RFC 8058: the mailbox provider posts here, without a session, a cookie or a redirect; twice is as good as once.
@csrf_exempt
@public("mail.unsubscribe")
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request, token):
    subscription = Subscription.objects.select_related("organization").filter(token=token).first()
    if request.method == "POST":
        if subscription:
            ledger.leave_purpose(subscription, source="RFC 8058", ip=_ip(request))
        return HttpResponse(status=200)
    if subscription is None:
        raise Http404
    return render(request, "news/unsubscribe.html", {"subscription": subscription})


def _ip(request):
    return get_adapter().get_client_ip(request)
