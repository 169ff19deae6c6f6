"""No list of the admin is filtered by what it does not show: a secret would be read letter by letter."""

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.test import RequestFactory
from django.urls import reverse

import gate40.urls  # noqa: F401 - the admin is guarded once its addresses are known
from gate40.doors.lookups import shown_by
from members.models import RepresentativeInvitation
from news.models import Delivery, Subscription
from tests.test_permissions import client_of

HIDDEN = [(Delivery, "text"), (Delivery, "token"), (Subscription, "token"), (RepresentativeInvitation, "token")]


def request_of(cast, role):
    request = RequestFactory().get("/")
    request.user = cast.people[role]
    return request


def hidden_and_allowed(request):
    for model, page in admin.site._registry.items():
        hidden = {field.name for field in model._meta.concrete_fields} - shown_by(page, request)
        for name in sorted(hidden):
            if page.lookup_allowed(f"{name}__startswith", "a", request):
                yield f"{model._meta.label_lower}.{name}"


def test_no_table_is_filtered_by_what_it_does_not_show(cast):
    cast.give_factors()
    assert list(hidden_and_allowed(request_of(cast, "super"))) == []


@pytest.mark.parametrize(("model", "field"), HIDDEN)
def test_a_secret_is_not_read_letter_by_letter(cast, model, field):
    cast.give_factors()
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    client = client_of(cast, "manager")
    assert client.get(url, {f"{field}__startswith": "a"}).status_code == 400
    assert client.get(url).status_code == 200  # the control: the list itself opens


def test_without_the_rule_it_would_be(cast, monkeypatch):
    """The negative control: this is what Django allows."""
    monkeypatch.setattr(ModelAdmin, "lookup_allowed", ModelAdmin.lookup_allowed.without)
    found = set(hidden_and_allowed(request_of(cast, "super")))
    assert {f"{model._meta.label_lower}.{field}" for model, field in HIDDEN} <= found


def test_no_list_searches_in_a_secret(cast):
    """The search box would be the same oracle."""
    request, found = request_of(cast, "super"), []
    for model, page in admin.site._registry.items():
        roots = {name.lstrip("=^@").rpartition("__")[2] for name in page.get_search_fields(request)}
        found += [f"{model._meta.label_lower}.{name}" for name in roots & {"token", "password", "secret", "data"}]
    assert found == []
    assert "text" not in admin.site._registry[Delivery].get_search_fields(request)
