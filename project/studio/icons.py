# ruff: noqa: E501 (path data)
"""The studio's icons: 24 by 24 strokes in the colour of the text around them, drawn for this project."""

ICONS: dict[str, str] = {
    "today": '<circle cx="12" cy="12" r="4"/><path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4"/>',
    "content": '<path d="M5 5h14v11H10l-5 4z"/><path d="M9 9.5h6M9 12.5h4"/>',
    "rights": '<path d="M12 3.5 5 6v5.5c0 4.2 2.9 7.4 7 9 4.1-1.6 7-4.8 7-9V6z"/><path d="m9 12 2.2 2.2L15.2 10"/>',
    "widgets": '<rect x="3.5" y="5" width="17" height="14" rx="2.5"/><path d="M3.5 9h17M9 13h6M7 16h10"/>',
    "selections": '<path d="M4 7h10M4 12h10M4 17h6"/><path d="m16.5 15.5 2 2 3.5-4"/>',
    "assistant": '<path d="M12 4c4.7 0 8.5 3 8.5 7s-3.8 7-8.5 7c-1 0-2-.1-2.9-.4L5 20l.9-3.7C4.4 15 3.5 13.1 3.5 11c0-4 3.8-7 8.5-7z"/><path d="M9.8 9.4a2.3 2.3 0 1 1 3 2.6c-.5.2-.8.5-.8 1v.3M12 15.4v.1"/>',
    "sources": '<path d="M5 12.5A6.5 6.5 0 0 1 11.5 19M5 7a12 12 0 0 1 12 12"/><circle cx="6.5" cy="17.5" r="1.5"/>',
    "settings": '<path d="M4 8h9M17 8h3M4 16h3M11 16h9"/><circle cx="15" cy="8" r="2"/><circle cx="9" cy="16" r="2"/>',
    "products": '<path d="M4.5 8.5 12 4.5l7.5 4v7.5L12 20l-7.5-4z"/><path d="m4.5 8.5 7.5 4 7.5-4M12 12.5V20"/>',
    "search": '<circle cx="11" cy="11" r="6"/><path d="m15.5 15.5 4.5 4.5"/>',
    "check": '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
    "cross": '<path d="m6.5 6.5 11 11M17.5 6.5l-11 11"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    "more": '<circle cx="6" cy="12" r=".8"/><circle cx="12" cy="12" r=".8"/><circle cx="18" cy="12" r=".8"/>',
    "down": '<path d="m7 10 5 5 5-5"/>',
    "up": '<path d="m7 14 5-5 5 5"/>',
    "left": '<path d="m14 6-6 6 6 6"/>',
    "right": '<path d="m10 6 6 6-6 6"/>',
    "copy": '<rect x="8.5" y="8.5" width="11" height="11" rx="2"/><path d="M15.5 5.5v-.5A1.5 1.5 0 0 0 14 3.5H6A1.5 1.5 0 0 0 4.5 5v9A1.5 1.5 0 0 0 6 15.5h.5"/>',
    "link": '<path d="M10 14a3.5 3.5 0 0 0 5 0l3.5-3.5a3.5 3.5 0 0 0-5-5L12 7M14 10a3.5 3.5 0 0 0-5 0l-3.5 3.5a3.5 3.5 0 0 0 5 5L12 17"/>',
    "out": '<path d="M13.5 4.5h6v6M19.5 4.5l-9 9M17 14v4a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 5 18V9a1.5 1.5 0 0 1 1.5-1.5h4"/>',
    "theme": '<path d="M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z"/>',
    "device": '<rect x="3.5" y="5" width="17" height="11.5" rx="2"/><path d="M9 20h6M12 16.5V20"/>',
    "keyboard": '<rect x="3" y="6.5" width="18" height="11" rx="2"/><path d="M7 10.5h.01M10.5 10.5h.01M14 10.5h.01M17 10.5h.01M8 14h8"/>',
    "note": '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5M12 8v.1"/>',
    "warn": '<path d="M12 4.5 3.5 19h17z"/><path d="M12 10v4.5M12 16.8v.1"/>',
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/>',
    "undo": '<path d="M8.5 5.5 4.5 9.5l4 4"/><path d="M5 9.5h9a5 5 0 0 1 0 10h-3"/>',
    "hide": '<path d="M4 12s3-5.5 8-5.5S20 12 20 12s-3 5.5-8 5.5S4 12 4 12z"/><path d="m5 19 14-14"/>',
    "show": '<path d="M4 12s3-5.5 8-5.5S20 12 20 12s-3 5.5-8 5.5S4 12 4 12z"/><circle cx="12" cy="12" r="2.3"/>',
    "pin": '<path d="M9 4h6l-.8 6 3.3 3.5h-11L9.8 10z"/><path d="M12 13.5V20"/>',
    "person": '<circle cx="12" cy="8.5" r="3.5"/><path d="M5 19.5c.8-3.5 3.5-5.5 7-5.5s6.2 2 7 5.5"/>',
    "key": '<circle cx="8.5" cy="14.5" r="4"/><path d="m11.5 11.5 7-7M16 7l2.5 2.5"/>',
    "mail": '<rect x="3.5" y="6" width="17" height="12.5" rx="2"/><path d="m4 7.5 8 6 8-6"/>',
    "refresh": '<path d="M19 8.5A8 8 0 0 0 4.5 10M5 15.5A8 8 0 0 0 19.5 14"/><path d="M19.5 4.5v4.5H15M4.5 19.5V15H9"/>',
    "door": '<path d="M13 4.5H6.5A1.5 1.5 0 0 0 5 6v12a1.5 1.5 0 0 0 1.5 1.5H13M10 12h10M16.5 8.5 20 12l-3.5 3.5"/>',
    "bin": '<path d="M5 7h14M10 7V5h4v2M7 7l.8 12h8.4L17 7"/>',
}


def icon_svg(*, name: str, css_class: str = "") -> str:
    """One icon as SVG markup, hidden from assistive technology: a word always stands beside it.

    Raises KeyError for a name that is not drawn.
    """
    return f'<svg class="icon {css_class}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{ICONS[name]}</svg>'
