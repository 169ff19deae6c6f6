"""System checks of the house: a page without a policy does not start."""

from django.core.checks import Error, register

from . import policy


@register
def every_page_has_a_policy(app_configs, **kwargs):
    """E001: nobody says who may open the page. E002: the policy that is named has no row in policy.csv."""
    errors = []
    for page in policy.pages():
        if page.policy is None:
            hint = "Give the view a guard of members.guards, or a row in gate40/third_party.csv."
            errors.append(Error(f"The page {page.name} has no policy.", hint=hint, id="gate40.E001"))
        elif page.policy not in policy.rights():
            hint = "Add the row to gate40/policy.csv."
            errors.append(Error(f"The policy {page.policy} of {page.name} has no row.", hint=hint, id="gate40.E002"))
    return errors
