"""What staff write, made safe: a few tags, links that say where they lead, and the same words as plain text."""

import re
from html import escape
from html.parser import HTMLParser

import nh3

LONGEST = 20_000  # characters; asked before the sanitizer, which takes seconds for a megabyte of ampersands
TAGS = {"p", "br", "h2", "h3", "strong", "em", "ul", "ol", "li", "blockquote", "a"}
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # no feed and no mail can carry them
HREF = re.compile(r"https?://[^\s/?#@]+(?:[/?#]\S*)?|mailto:[^\s@?]+@[^\s@?]+", re.IGNORECASE)


class TooLong(ValueError):
    """More than `LONGEST` characters."""


def sanitize(html: str) -> str:
    """Only the tags above, and only links that name a whole address. Sanitizing twice changes nothing."""
    if len(html) > LONGEST:
        raise TooLong(f"{len(html)} characters")
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href"}},
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener",
    )
    return CONTROL.sub("", clean)


def _attribute(tag, name, value):
    return value if name != "href" or is_link(value) else None


def is_link(href: str) -> bool:
    """A whole http(s) or mailto address. What begins or hides with U+2028, U+00A0 or control characters is none."""
    return href.isprintable() and bool(HREF.fullmatch(href))


def paragraphs(text: str) -> str:
    """Plain text as html: blank lines part paragraphs, single ones break lines; markup is shown, not run."""
    parts = (part.strip() for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n")))
    return "".join("<p>" + escape(part).replace("\n", "<br>") + "</p>" for part in parts if part)


def to_text(html: str) -> str:
    """The words, with every link's address behind its text: what a reader of plain mail gets."""
    writer = _Writer()
    writer.feed(html)
    writer.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(writer.parts)).strip()


def plain(html: str) -> str:
    """The words alone, on one line: for a summary."""
    return " ".join(re.sub(r" <\S+>", "", to_text(html)).split())


class _Writer(HTMLParser):
    BREAKS = {"p": "\n\n", "h2": "\n\n", "h3": "\n\n", "blockquote": "\n\n", "ul": "\n\n", "ol": "\n\n", "br": "\n"}

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.parts, self.href, self.counts = [], None, []

    def handle_starttag(self, tag, attributes):
        if tag in ("ul", "ol"):
            self.counts.append(0 if tag == "ol" else None)
        if tag == "li":
            self.parts.append(self._bullet())
        elif tag == "a":
            self.href = dict(attributes).get("href")
        elif not (tag == "p" and self.is_after_bullet):
            self.parts.append(self.BREAKS.get(tag, ""))

    @property
    def is_after_bullet(self):
        return bool(self.parts) and bool(re.fullmatch(r"\n(-|\d+\.) ", self.parts[-1]))

    def _bullet(self):
        if not self.counts or self.counts[-1] is None:
            return "\n- "
        self.counts[-1] += 1
        return f"\n{self.counts[-1]}. "

    def handle_endtag(self, tag):
        if tag in ("ul", "ol") and self.counts:
            self.counts.pop()
        if tag == "a" and self.href:
            self.parts.append(f" <{self.href}>")
            self.href = None
        elif tag != "br":
            self.parts.append(self.BREAKS.get(tag, ""))

    def handle_data(self, data):
        self.parts.append(data)
