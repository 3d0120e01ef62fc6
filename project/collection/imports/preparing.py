"""A file made ready for reading: its table, its format, and the mapper of its rows. Reads only the file."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from project.collection.imports.formats import AUTO, GENERIC, find_format, formats, known_columns
from project.collection.imports.formats.base import Format, Markup
from project.collection.imports.mapping import Options, RowMapper, with_columns
from project.collection.imports.reading import Table, open_table


@dataclass(frozen=True, kw_only=True)
class FileOptions:
    """What the owner says about a file. ``columns`` binds fields to column names; ``day_first`` None: unsaid."""

    format: str = AUTO
    encoding: str = ""
    delimiter: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    day_first: bool | None = None
    language: str = ""
    markup: Markup | None = None


@dataclass(frozen=True)
class PreparedFile:
    """A readable file of a known format."""

    path: Path
    table: Table
    format: Format
    options: FileOptions

    def mapper(self) -> RowMapper:
        """A fresh mapper; it counts what it notices."""
        said = Options(self.options.day_first, self.options.language, self.options.markup)
        return RowMapper(self.format, self.table.header, said)

    @property
    def source_name(self) -> str:
        """Files of one tool share their ids; of any other file nothing is known but its name."""
        if self.format.name != GENERIC:
            return self.format.title
        return self.path.name.removesuffix(".gz").removesuffix(".csv")

    def options_hash(self, *said: str) -> str:
        """A fingerprint of everything that decides what rows become, ``said`` included."""
        options = self.options
        facts: list[object] = [self.format.name, options.encoding, options.delimiter, sorted(options.columns.items())]
        facts += [options.day_first, options.language, options.markup, *said]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def prepare_file(path: Path, options: FileOptions) -> PreparedFile:
    """Raises :class:`FileUnreadable` or :class:`FormatUnknown`, each with one sentence."""
    table = open_table(path, encoding=options.encoding, delimiter=options.delimiter, known=known_columns())
    if options.columns and options.format == AUTO:
        chosen = formats()[GENERIC]
    else:
        chosen = find_format(table.names, wanted=options.format)
    if options.columns:
        chosen = with_columns(chosen, options.columns, table.names)
    return PreparedFile(path, table, chosen, options)
