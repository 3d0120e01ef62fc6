"""X3 for collected pictures: what is stored is never the file that came."""

import io
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from project.collection.pictures import LONGEST_SIDE, MAX_BYTES, PictureRefused, format_of, remake

RED, BLUE = (200, 20, 20), (20, 20, 200)


def packed(image: Image.Image, name: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, name, **options)
    return out.getvalue()


def picture(width: int = 64, height: int = 48, colour: Any = RED, mode: str = "RGB") -> Image.Image:
    return Image.new(mode, (width, height), colour)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("name", ["JPEG", "PNG", "GIF", "WEBP"])
def test_every_usual_format_becomes_webp(name: str) -> None:
    made = remake(packed(picture(), name))
    result = opened(made.data)
    assert result.format == "WEBP"
    assert (made.width, made.height) == result.size == (64, 48)
    red, green, blue = result.convert("RGB").getpixel((10, 10))  # type: ignore[misc]
    assert red > 150
    assert max(green, blue) < 60


def test_a_large_picture_is_scaled_down_and_keeps_its_shape() -> None:
    made = remake(packed(picture(4000, 2000), "JPEG"))
    assert (made.width, made.height) == (LONGEST_SIDE, LONGEST_SIDE // 2)


def test_a_picture_is_turned_upright_before_the_note_on_turning_is_dropped() -> None:
    image = picture(60, 40)
    image.paste(BLUE, (0, 0, 60, 20))
    exif = image.getexif()
    exif[0x0112] = 6  # turn by 90° clockwise to see it upright
    made = remake(packed(image, "JPEG", exif=exif, quality=95))
    assert (made.width, made.height) == (40, 60)
    red, _green, blue = opened(made.data).convert("RGB").getpixel((35, 30))  # type: ignore[misc]
    assert blue > red


def test_no_metadata_survives() -> None:
    image = picture()
    exif = image.getexif()
    exif[0x010E] = "secret description"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (55.0, 40.0, 34.5)
    exif[0x8825] = gps
    text = PngInfo()
    text.add_text("Comment", "secret description")
    for data in (
        packed(image, "JPEG", exif=exif, comment=b"secret description", xmp=b"<x>secret description</x>"),
        packed(image, "PNG", exif=exif, pnginfo=text),
        packed(image, "WEBP", exif=exif, xmp=b"<x>secret description</x>"),
    ):
        assert b"secret description" in data
        made = remake(data).data
        assert b"secret description" not in made
        assert not any(chunk in made for chunk in (b"EXIF", b"XMP ", b"ICCP", b"Exif"))
        assert not opened(made).getexif()


@pytest.mark.parametrize("profile", [ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), b"broken"])
def test_a_colour_profile_is_applied_if_it_can_be_and_never_kept(profile: bytes) -> None:
    made = remake(packed(picture(), "JPEG", icc_profile=profile, quality=95))
    assert b"ICCP" not in made.data
    red, green, blue = opened(made.data).convert("RGB").getpixel((10, 10))  # type: ignore[misc]
    assert abs(red - RED[0]) < 12
    assert max(green, blue) < 60


def test_transparency_is_kept() -> None:
    made = remake(packed(picture(colour=(10, 20, 30, 0), mode="RGBA"), "PNG"))
    assert opened(made.data).mode == "RGBA"


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "I;16", "CMYK"])
def test_every_colour_mode_can_be_shown(mode: str) -> None:
    image = picture(colour=0, mode="L").convert(mode) if mode != "I;16" else Image.new("I;16", (64, 48))
    made = remake(packed(image, "JPEG" if mode == "CMYK" else "PNG"))
    assert opened(made.data).mode in ("RGB", "RGBA")


def test_of_an_animation_the_first_frame_is_kept() -> None:
    frames = [picture(colour=RED)] + [picture(colour=BLUE) for _ in range(50)]
    data = packed(frames[0], "GIF", save_all=True, append_images=frames[1:])
    made = opened(remake(data).data)
    assert getattr(made, "n_frames", 1) == 1
    assert made.convert("RGB").getpixel((5, 5))[0] > 150  # type: ignore[index]


def test_what_hides_behind_the_picture_is_left_behind() -> None:
    polyglot = packed(picture(), "GIF") + b"<script>alert(1)</script>PK\x03\x04"
    assert b"script" not in remake(polyglot).data


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing: a bomb."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 10_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (png_header(50_000, 50_000), "too_many_pixels"),
        (png_header(10_000, 10_000), "too_many_pixels"),
        (png_header(7_000, 6_000), "too_many_pixels"),
        (png_header(100, 100), "damaged"),
        (png_header(0, 100), "damaged"),
        (packed(picture(8, 800), "PNG"), "too_small"),
        (packed(picture(), "PNG")[:60], "damaged"),
        (packed(picture(), "JPEG")[:100], "damaged"),
        (b"\xff\xd8\xff" + b"junk" * 50, "damaged"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not_a_picture"),
        (b"<html>", "not_a_picture"),
        (b"%PDF-1.4", "not_a_picture"),
        (b"BM" + bytes(200), "not_a_picture"),
        (b"II*\x00" + bytes(200), "not_a_picture"),
        (b"", "not_a_picture"),
        (b"\x89PNG\r\n\x1a\n" + bytes(MAX_BYTES), "too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)} bytes",
)
def test_x3_what_is_no_usable_picture_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(PictureRefused) as refusal:
        remake(data)
    assert refusal.value.reason == reason


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["JPEG", "PNG", "GIF", "WEBP"]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=12),
)
def test_a_damaged_file_is_a_picture_or_a_refusal(name: str, damage: list[tuple[float, int]]) -> None:
    data = bytearray(packed(picture(), name))
    for place, value in damage:
        data[int(place * (len(data) - 1))] = value
    try:
        made = remake(bytes(data))
    except PictureRefused:
        return
    assert format_of(made.data) == "WEBP"
