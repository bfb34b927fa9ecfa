"""The marks that stand beside words: a handful, drawn on a 16 x 16 grid.

Inline, so that a list needs no second request and never shows an empty place.
"""

_LINE = (
    'fill="none" stroke="currentColor" stroke-width="1.8" '
    'stroke-linecap="round" stroke-linejoin="round"'
)

GLYPHS = {
    # states
    "live": '<circle cx="8" cy="8" r="5"/>',
    "recorded": '<rect x="5" y="2" width="6" height="12" rx="1"/>',
    "parts": (
        '<rect x="0.5" y="2" width="4" height="12" rx="1"/>'
        '<path d="M6.5 2.9h3v10.2h-3z" fill="none" stroke="currentColor"/>'
        '<rect x="11.5" y="2" width="4" height="12" rx="1"/>'
    ),
    "none": f'<circle cx="8" cy="8" r="4.6" {_LINE}/>',
    "wait": f'<circle cx="8" cy="8" r="6" {_LINE}/><path d="M8 4.6V8l2.2 1.6" {_LINE}/>',
    "work": (f'<circle cx="8" cy="8" r="5.4" {_LINE} stroke-dasharray="8.5 8.5"/>'),
    "check": f'<path d="M2.8 8.6l3.4 3.4 7-7.6" {_LINE}/>',
    "cross": f'<path d="M3.8 3.8l8.4 8.4m0-8.4l-8.4 8.4" {_LINE}/>',
    "refused": f'<circle cx="8" cy="8" r="5.6" {_LINE}/><path d="M4.2 11.8l7.6-7.6" {_LINE}/>',
    "warn": (
        f'<path d="M8 2.2l6.2 11.3H1.8z" {_LINE}/>'
        f'<path d="M8 6.4v3.2m0 1.9v.1" {_LINE}/>'
    ),
    "apart": (
        f'<path d="M2 3v10m12-10v10" {_LINE}/>'
        '<rect x="5.5" y="5.5" width="5" height="5" rx="1"/>'
    ),
    "held": (
        '<rect x="3" y="7" width="10" height="7" rx="1"/>'
        f'<path d="M5.2 7V4.9a2.8 2.8 0 0 1 5.6 0V7" {_LINE}/>'
    ),
    "gone": f'<circle cx="8" cy="8" r="5.2" {_LINE} stroke-dasharray=".1 4"/>',
    "spoken": (f'<path d="M2 6.4v3.2M5 4v8m3-9.6v11.2M11 5v6m3-3.8v1.6" {_LINE}/>'),
    # the two sides of a call: shapes above and below the line
    "agent": (
        '<path d="M1 12h14v1.6H1zM2.4 7h2.2v4H2.4zM6.9 3h2.2v8H6.9zm4.5 2h2.2v6h-2.2z"/>'
    ),
    "caller": (
        '<path d="M1 2.4h14V4H1zM2.4 5h2.2v4H2.4zm4.5 0h2.2v8H6.9zm4.5 0h2.2v6h-2.2z"/>'
    ),
    # controls
    "down": f'<path d="M3.5 6l4.5 4.5L12.5 6" {_LINE}/>',
    "up": f'<path d="M3.5 10.5L8 6l4.5 4.5" {_LINE}/>',
    "left": f'<path d="M10.2 3.4L5.6 8l4.6 4.6" {_LINE}/>',
    "right": f'<path d="M5.8 3.4L10.4 8l-4.6 4.6" {_LINE}/>',
    "out": f'<path d="M4 12l8-8M6 4h6v6" {_LINE}/>',
    "search": f'<circle cx="7" cy="7" r="4.4" {_LINE}/><path d="M10.4 10.4l3.4 3.4" {_LINE}/>',
    "theme": (
        f'<circle cx="8" cy="8" r="5.8" {_LINE}/><path d="M8 2.2a5.8 5.8 0 0 1 0 11.6z"/>'
    ),
    "play": '<path d="M4.5 2.5v11l9-5.5z"/>',
    "pause": '<path d="M4 3h2.8v10H4zm5.2 0H12v10H9.2z"/>',
    "download": f'<path d="M8 2.5v7m-3-3l3 3 3-3M3 13.2h10" {_LINE}/>',
    "more": (
        '<circle cx="3" cy="8" r="1.4"/><circle cx="8" cy="8" r="1.4"/>'
        '<circle cx="13" cy="8" r="1.4"/>'
    ),
}
"""Name to the inside of an <svg>; colours come from the text around it."""
