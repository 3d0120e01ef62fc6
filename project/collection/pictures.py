"""Pictures from elsewhere, made ours: checked by their bytes, decoded, scaled, written anew. Pure.

What is stored is never the file that came: decoding and encoding again drops metadata (EXIF with its GPS, XMP,
comments), trailing data, further frames, and anything that hides in a file of two natures.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass, field
from typing import Final

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

MAX_BYTES: Final = 15_000_000
MAX_PIXELS: Final = 40_000_000
MIN_SIDE: Final = 16
LONGEST_SIDE: Final = 1600
QUALITY: Final = 82
MEDIA_TYPE: Final = "image/webp"
EXTENSION: Final = "webp"

# First bytes of the formats we decode. SVG is none of them: it is a program, not a picture.
_MAGIC: Final = (
    ("JPEG", b"\xff\xd8\xff"),
    ("PNG", b"\x89PNG\r\n\x1a\n"),
    ("GIF", b"GIF87a"),
    ("GIF", b"GIF89a"),
)


class PictureRefused(Exception):
    """This file is not kept. ``reason`` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A WEBP of our own making; sizes in pixels, ``sha256`` of ``data`` in hex."""

    data: bytes = field(repr=False)
    width: int
    height: int
    sha256: str


def format_of(data: bytes) -> str:
    """The format that the first bytes say, "" for any that we do not take."""
    for name, magic in _MAGIC:
        if data.startswith(magic):
            return name
    return "WEBP" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else ""


def remake(data: bytes) -> Picture:
    """Decode, turn upright, scale to at most 1600 pixels a side, encode as WEBP. Raises PictureRefused.

    Of an animation the first frame is kept. Nothing is decoded before its size in pixels is known to be fine.
    """
    if len(data) > MAX_BYTES:
        raise PictureRefused("too_large")
    name = format_of(data)
    if not name:
        raise PictureRefused("not_a_picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=[name]) as opened:
                return _encode(_decode(opened))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise PictureRefused("too_many_pixels") from error
    except PictureRefused:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, ArithmeticError, MemoryError) as error:
        raise PictureRefused("damaged") from error


def _decode(opened: Image.Image) -> Image.Image:
    width, height = opened.size
    if width * height > MAX_PIXELS:
        raise PictureRefused("too_many_pixels")
    if min(width, height) < MIN_SIDE:
        raise PictureRefused("too_small")
    if opened.format == "JPEG":
        opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # decodes at half or a quarter of the size: cheaper
    opened.load()
    upright = _in_srgb(ImageOps.exif_transpose(opened))
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return upright


def _in_srgb(image: Image.Image) -> Image.Image:
    """RGB or RGBA in the web's colours; the profile itself is not kept."""
    has_alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "CMYK", "L"):
        try:
            converted = ImageCms.profileToProfile(
                image,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGB",
            )
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            converted = None
        if converted is not None:
            return converted
    return image.convert("RGBA" if has_alpha else "RGB")


def _encode(image: Image.Image) -> Picture:
    # A fresh canvas: nothing of the old file's info dictionary travels along.
    clean = Image.new(image.mode, image.size)
    clean.paste(image)
    packed = io.BytesIO()
    clean.save(packed, "WEBP", quality=QUALITY, method=4)
    data = packed.getvalue()
    return Picture(data=data, width=clean.width, height=clean.height, sha256=hashlib.sha256(data).hexdigest())
