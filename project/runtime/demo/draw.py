"""Draw the demo's product pictures: one garment silhouette per class, in the colours of the product.

    python -m project.runtime.demo.draw

The pictures are drawings of our own and show a kind of garment, not the very product that was reviewed (the
reviews' source has no pictures). Each is one small SVG, 600 x 750 units.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
CENTRE = 300

# One cubic segment: two control points and the end point. A segment of length 2 is a straight line.
Segment = tuple[float, ...]
Half = tuple[tuple[float, float], Sequence[Segment]]

# (ground, garment, shade of seams and folds, accent of buttons and patterns)
COLOURWAYS: dict[str, tuple[str, str, str, str]] = {
    "862": ("#efe9e1", "#2f6f73", "#235458", "#e8d9b5"),
    "872": ("#eef0ea", "#d8dccf", "#a9af9b", "#3e5247"),
    "868": ("#f3e8e4", "#b4533c", "#8f3f2c", "#f6ded3"),
    "867": ("#e6ebf0", "#3d5a80", "#2c4464", "#dbe6f3"),
    "829": ("#f2ece0", "#e9c46a", "#c39c3f", "#8a5a1f"),
    "850": ("#e9eef0", "#f7f5f0", "#c3c8c6", "#6f8087"),
    "828": ("#f0e7ec", "#8e4162", "#6e2f4b", "#f2d4e0"),
    "820": ("#e7efe9", "#7fa58b", "#5d836a", "#f4f1e4"),
    "936": ("#ece8e3", "#8c7a6b", "#6b5b4e", "#d9cbbd"),
    "927": ("#f1ebe6", "#e3d2bd", "#b9a283", "#a2643f"),
    "895": ("#e8e9f1", "#6c6fa8", "#50538a", "#e9e6f8"),
    "907": ("#f3ebe9", "#d98f8f", "#b56b6c", "#fff0ea"),
    "984": ("#e9edf1", "#54779c", "#3b5877", "#d8a45c"),
    "975": ("#e6eae6", "#2e4a3f", "#1f352d", "#c9a45c"),
    "1121": ("#f1eae0", "#c19a6b", "#977247", "#4d3520"),
    "1126": ("#e8e8ea", "#3b3f4a", "#272a33", "#9aa0ad"),
}

# Half outlines, from the neck's middle down the wearer's left side to the hem's middle.
KNIT_TOP: Half = (
    (300, 196),
    [
        (345, 196, 362, 172, 370, 140),
        (395, 150, 424, 160, 446, 184),
        (480, 250, 506, 330, 526, 428),
        (506, 442, 486, 448, 466, 450),
        (452, 396, 436, 344, 416, 300),
        (414, 420, 430, 520, 446, 616),
        (400, 634, 350, 640, 300, 640),
    ],
)
BLOUSE: Half = (
    (300, 214),
    [
        (330, 190, 344, 162, 352, 132),
        (388, 142, 424, 152, 450, 176),
        (488, 244, 520, 340, 532, 452),
        (514, 470, 490, 476, 472, 474),
        (462, 412, 444, 352, 420, 306),
        (418, 400, 424, 500, 436, 590),
        (410, 622, 350, 606, 300, 606),
    ],
)
SWEATER: Half = (
    (300, 172),
    [
        (332, 172, 352, 160, 360, 138),
        (400, 148, 440, 160, 468, 192),
        (506, 280, 532, 400, 546, 520),
        (528, 532, 502, 536, 482, 534),
        (470, 450, 452, 376, 430, 318),
        (426, 420, 430, 500, 434, 600),
        (434, 616, 424, 622, 410, 622),
        (300, 622),
    ],
)
CARDIGAN: Half = (
    (300, 330),
    [
        (318, 270, 340, 190, 352, 136),
        (388, 144, 418, 154, 440, 178),
        (474, 256, 500, 380, 514, 520),
        (498, 532, 476, 534, 460, 530),
        (448, 444, 432, 370, 412, 312),
        (412, 420, 418, 520, 424, 616),
        (380, 626, 340, 628, 300, 628),
    ],
)
JACKET: Half = (
    (300, 320),
    [
        (322, 270, 348, 200, 358, 138),
        (400, 146, 436, 160, 462, 190),
        (500, 280, 526, 400, 540, 528),
        (520, 542, 494, 544, 474, 540),
        (462, 456, 446, 380, 424, 318),
        (422, 400, 424, 480, 428, 566),
        (300, 572),
    ],
)
COAT: Half = (
    (300, 300),
    [
        (326, 250, 346, 180, 354, 118),
        (394, 128, 430, 142, 454, 172),
        (490, 264, 512, 380, 524, 500),
        (506, 514, 482, 516, 464, 512),
        (452, 436, 438, 366, 418, 308),
        (414, 400, 432, 560, 452, 680),
        (400, 694, 350, 698, 300, 698),
    ],
)


def _segment(numbers: Sequence[float]) -> str:
    return ("L" if len(numbers) == 2 else "C") + " ".join(f"{number:g}" for number in numbers)


def _mirrored(numbers: Sequence[float]) -> list[float]:
    return [2 * CENTRE - number if index % 2 == 0 else number for index, number in enumerate(numbers)]


def outline(half: Half) -> str:
    """The closed outline of a garment: its half, and the same half mirrored and walked backwards."""
    start, segments = half
    parts = [f"M{start[0]:g} {start[1]:g}", *map(_segment, segments)]
    ends = [start, *((segment[-2], segment[-1]) for segment in segments)]
    for index in range(len(segments) - 1, -1, -1):
        segment, target = segments[index], ends[index]
        controls = [segment[2], segment[3], segment[0], segment[1]] if len(segment) == 6 else []
        parts.append(_segment(_mirrored([*controls, *target])))
    return "".join(parts) + "Z"


def both(path: str) -> str:
    """A detail drawn on both sides of the garment."""
    return f'<path d="{path}"/><path d="{path}" transform="matrix(-1 0 0 1 600 0)"/>'


def _buttons(accent: str, *, top: int, step: int, count: int, x: int = CENTRE, size: float = 6) -> str:
    circles = "".join(f'<circle cx="{x}" cy="{top + step * index}" r="{size:g}"/>' for index in range(count))
    return f'<g fill="{accent}" stroke="none">{circles}</g>'


def _ribs(y: int, height: int, left: int, right: int) -> str:
    return "".join(f'<path d="M{x} {y}v{height}"/>' for x in range(left, right, 12))


def knit_top(shade: str, accent: str) -> str:
    neck = '<path d="M230 140C238 188 262 212 300 212S362 188 370 140" stroke-width="9"/>'
    stripes = "".join(f'<path d="M60 {y}H540"/>' for y in range(300, 600, 44))
    return (
        f'<g stroke="{accent}" stroke-width="8" opacity=".55" clip-path="url(#g)">{stripes}</g>'
        + neck
        + both("M416 300C412 264 420 222 446 184M470 426C490 422 508 416 522 408M444 604C400 620 350 626 300 626")
    )


def blouse(shade: str, accent: str) -> str:
    collar = "M352 132C346 168 330 196 300 218L330 252C356 226 374 178 378 140Z"
    return (
        '<path d="M288 220V604M312 220V604"/>'
        + f'<g fill="{accent}" fill-opacity=".28">{both(collar)}</g>'
        + both("M420 306C416 268 424 220 450 176M466 444C488 446 510 438 530 426M380 330C396 400 398 480 392 560")
        + _buttons(accent, top=262, step=58, count=6)
    )


def sweater(shade: str, accent: str) -> str:
    cable = "M258 210c-22 30 22 60 0 90s22 60 0 90 22 60 0 90 22 60 0 90"
    twist = "M258 210c22 30-22 60 0 90s-22 60 0 90-22 60 0 90-22 60 0 90"
    return (
        f'<g stroke="{accent}" stroke-width="7" opacity=".8">{both(cable)}{both(twist)}'
        + '<path d="M300 214V574"/></g>'
        + '<path d="M240 138C248 176 270 190 300 190S352 176 360 138" stroke-width="14"/>'
        + '<path d="M168 580C220 586 380 586 432 580"/>'
        + f'<g opacity=".7">{_ribs(586, 34, 180, 430)}</g>'
        + both("M430 318C424 280 440 232 468 192M476 494C500 496 522 490 542 482")
    )


def fine_gauge_knit(shade: str, accent: str) -> str:
    front = "M300 330C318 270 340 190 352 136L370 140C356 204 336 280 314 340V628H300Z"
    return (
        f'<g fill="{shade}" fill-opacity=".35">{both(front)}</g>'
        + '<path d="M300 334V628"/>'
        + _buttons(accent, top=366, step=56, count=5, x=307)
        + both("M412 312C408 272 418 222 440 178M456 500C476 502 496 498 512 490M350 520H402")
        + '<path d="M178 596C220 606 380 606 422 596"/>'
    )


def jacket(shade: str, accent: str) -> str:
    lapel = "M358 138C352 200 330 262 300 320L318 336C352 300 384 236 404 196L382 186L396 146Z"
    pocket = "M344 356H398V392L371 406L344 392Z"
    return (
        f'<g fill="{shade}" fill-opacity=".45">{both(lapel)}</g>'
        + '<path d="M300 322V570"/>'
        + f'<g stroke="{accent}" stroke-dasharray="7 6" stroke-width="3">'
        + both(pocket)
        + both("M338 420C340 470 340 510 336 560M426 540L300 546")
        + "</g>"
        + both("M424 318C418 280 434 230 462 190M468 500C492 502 516 498 536 490")
        + _buttons(accent, top=362, step=52, count=4, x=310, size=7)
    )


def outerwear(shade: str, accent: str) -> str:
    lapel = "M354 118C348 180 328 244 300 300L322 322C356 282 388 214 404 172L380 164L394 130Z"
    return (
        f'<g fill="{shade}" fill-opacity=".5">{both(lapel)}</g>'
        + '<path d="M314 316C318 440 318 560 316 697"/>'
        + both("M418 308C412 268 428 216 454 172M458 474C482 476 504 472 520 464M358 500L412 488")
        + f'<path d="M172 420C220 430 380 430 428 420L432 448C380 460 220 460 168 448Z" fill="{shade}"/>'
        + f'<path d="M278 422H322V456H278Z" fill="none" stroke="{accent}" stroke-width="5"/>'
        + _buttons(accent, top=350, step=38, count=2, x=286, size=8)
        + _buttons(accent, top=350, step=38, count=2, x=332, size=8)
        + _buttons(accent, top=500, step=56, count=2, x=286, size=8)
        + _buttons(accent, top=500, step=56, count=2, x=332, size=8)
    )


GARMENTS: dict[str, tuple[Half, Callable[[str, str], str]]] = {
    "knit-top": (KNIT_TOP, knit_top),
    "blouse": (BLOUSE, blouse),
    "sweater": (SWEATER, sweater),
    "fine-gauge-knit": (CARDIGAN, fine_gauge_knit),
    "jacket": (JACKET, jacket),
    "outerwear": (COAT, outerwear),
}


def picture(garment: str, number: str) -> str:
    """The SVG document of one product."""
    half, details = GARMENTS[garment]
    ground, colour, shade, accent = COLOURWAYS[number]
    shape = outline(half)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 750" width="600" height="750">'
        f'<defs><clipPath id="g"><path d="{shape}"/></clipPath></defs>'
        f'<path d="M0 0H600V750H0Z" fill="{ground}"/>'
        f'<ellipse cx="300" cy="704" rx="190" ry="14" fill="{shade}" opacity=".14"/>'
        f'<path d="M300 112C300 92 318 92 318 78S302 58 290 68M300 112L214 150M300 112L386 150" fill="none"'
        f' stroke="{shade}" stroke-width="5" stroke-linecap="round" opacity=".6"/>'
        f'<path d="{shape}" fill="{colour}" stroke="{shade}" stroke-width="4" stroke-linejoin="round"/>'
        f'<g fill="none" stroke="{shade}" stroke-width="4" stroke-linecap="round" stroke-linejoin="round">'
        f"{details(shade, accent)}</g></svg>\n"
    )


def main() -> None:
    """Write the picture of each product of the product list."""
    for product in json.loads((HERE / "products.json").read_text(encoding="utf-8")):
        garment = product["handle"].removesuffix(f"-{product['reference']}")
        target = HERE / "pictures" / product["picture"]
        target.write_text(picture(garment, product["reference"]), encoding="utf-8")


if __name__ == "__main__":
    main()
