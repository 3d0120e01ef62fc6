"""Choose the demo's reviews from the original files, the same ones each time.

    python -m project.runtime.demo.choose WOMENS_CLOTHING.csv[.gz] FINE_FOOD.csv

Products are chosen by how many reviews they have (the most reviewed of each class). Of a product with more
than `REVIEWS_PER_PRODUCT` reviews the cut is made by a hash of the row's number. Neither step looks at a
rating, so the mixture of ratings is the real one. Rows are copied letter by letter; only the column of user
ids is left out, since the demo has no use for it.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

HERE = Path(__file__).resolve().parent
REVIEWS_PER_PRODUCT = 220

# Class in the file -> (how many of its most reviewed products, plain name, picture of the garment).
CLASSES: Mapping[str, tuple[int, str, str]] = {
    "Knits": (4, "Knit top", "knit-top"),
    "Blouses": (4, "Blouse", "blouse"),
    "Sweaters": (2, "Sweater", "sweater"),
    "Fine gauge": (2, "Fine-gauge knit", "fine-gauge-knit"),
    "Jackets": (2, "Jacket", "jacket"),
    "Outerwear": (2, "Outerwear", "outerwear"),
}

Row = dict[str, str]


def _read(path: Path) -> list[Row]:
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    for row in rows:
        row.pop("UserId", None)
    return rows


def _write(path: Path, rows: list[Row]) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    # No name and no time in the gzip header: the same rows give the same bytes.
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write(text.getvalue().encode("utf-8"))


def _cut(rows: Iterable[Row]) -> set[str]:
    """Row numbers of at most REVIEWS_PER_PRODUCT rows, those with the lowest hash of their number."""
    numbers = sorted((row["row"] for row in rows), key=lambda n: hashlib.sha256(f"demo:{n}".encode()).digest())
    return set(numbers[:REVIEWS_PER_PRODUCT])


def choose_clothing(rows: list[Row]) -> tuple[list[Row], list[dict[str, str]]]:
    """The chosen rows in the file's order, and the product list."""
    reviews: dict[str, Counter[str]] = defaultdict(Counter)
    of_product: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        reviews[row["Class Name"]][row["Clothing ID"]] += 1
        of_product[row["Clothing ID"]].append(row)
    kept: set[str] = set()
    products = []
    for class_name, (how_many, name, picture) in CLASSES.items():
        ranked = sorted(reviews[class_name].items(), key=lambda pair: (-pair[1], pair[0]))
        for number, _count in ranked[:how_many]:
            kept |= _cut(of_product[number])
            handle = f"{picture}-{number}"
            products.append(
                {
                    "reference": number,
                    "handle": handle,
                    "name": f"{name} {number}",
                    "category": class_name,
                    "picture": f"{handle}.svg",
                }
            )
    return [row for row in rows if row["row"] in kept], products


def main(clothing: Path, food: Path) -> None:
    """Write the compact files and the product list beside this module."""
    rows, products = choose_clothing(_read(clothing))
    _write(HERE / "womens_clothing.csv.gz", rows)
    _write(HERE / "fine_food.csv.gz", _read(food))
    listing = json.dumps(products, indent=1, ensure_ascii=False)
    (HERE / "products.json").write_text(listing + "\n", encoding="utf-8")
    print(f"{len(rows)} clothing reviews of {len(products)} products")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
