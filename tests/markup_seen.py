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


def taken_as_text(page: Page) -> bool:
    """Tell whether a page shows ``HOSTILE`` as text, and nothing of it became a tag, an attribute or a bare control."""
    live = NOT_OURS & {tag for tag, _ in page.tags}
    reaching = {name for name in page.attributes if name.startswith("on") or name in {"href", "src", "style"}}
    shown = "alert(1)" in page.text and "{{7*7}}" in page.text
    return shown and not (live or reaching or "\u202e" in page.html or "\x00" in page.html)
