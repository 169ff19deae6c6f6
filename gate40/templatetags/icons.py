"""Icons of Bootstrap Italia's sheet: `{% icon "search" "icon-primary" %}`."""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html

register = template.Library()
SVG = '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#it-{}"></use></svg>'
_drawn: dict = {}


@register.simple_tag
def icon(name, classes=""):
    """Decoration: the words beside it say what it means. A page has dozens, so each is written once in a process."""
    sheet = static("svg/sprites.svg")
    if (name, classes, sheet) not in _drawn:
        _drawn[name, classes, sheet] = format_html(SVG, classes, sheet, name)
    return _drawn[name, classes, sheet]
