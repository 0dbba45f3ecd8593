"""A page as its reader gets it: tags, attributes, texts; and a text that would be markup if it could."""

from __future__ import annotations

from html.parser import HTMLParser

HOSTILE = "</title><script>alert(1)</script><img src=x onerror=alert(1)>\"'{{7*7}}\u202e\x00"
NOT_OURS = {"script", "img", "iframe", "object", "embed", "link", "a", "form", "base", "video", "audio"}


class Page(HTMLParser):
    """The tags, attributes and texts of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        self.texts.append(data)

    @property
    def text(self) -> str:
        """Return all texts, with single blanks."""
        return " ".join(" ".join(self.texts).split())

    @property
    def attributes(self) -> set[str]:
        """Return the names of all attributes."""
        return {name for _, attributes in self.tags for name in attributes}
