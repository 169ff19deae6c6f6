"""A look at the digest that would leave now."""

from django.shortcuts import render
from django.utils import timezone

from members.guards import acting_representative_required

from . import digests


@acting_representative_required("digest.preview")
def digest_preview(request, organization):
    """What the next digest would tell, were it composed now. Writes nothing and sends nothing."""
    return render(
        request, "news/digest_preview.html", digests.preview_digest(organization, request.user, timezone.now())
    )
