"""What the documents state is so: settings, attributes, variables, options, checks, and how to sign in to the demo."""

import re
from functools import cache

import pytest
from django.core.management import load_command_class

from project.core.errors import ErrorCode
from project.runtime.layout import PROJECT_ROOT
from project.studio import demo

DOCS = PROJECT_ROOT / "docs"
EMBED = PROJECT_ROOT / "frontend_static" / "embed" / "src"
SETTING = re.compile(r"`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|HOST|PORT|DEBUG)(?:=[^`]*)?`")
READ_BY_SETTINGS = re.compile(r"\benv\.\w+\(\s*\"([A-Z_]+)\"")
COMMAND_LINE = re.compile(r"manage\.py ([a-z_]+)([^\n`|]*)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
COMMAND_OWNERS = {"import_reviews": "project.collection", "create_shop": "project.studio", "ask": "assistant"}
COMMAND_OWNERS |= {"erase_author": "project.rights"}
# Of make, not of the environment.
MAKE_VARIABLES = {"FILE", "SHOP", "OPTIONS", "CMD", "ARGS"}


def text_of(*names: str) -> str:
    return "\n".join((PROJECT_ROOT / name).read_text() for name in names)


@cache
def everything_written() -> str:
    return "\n".join(page.read_text() for page in [PROJECT_ROOT / "README.md", *DOCS.rglob("*.md")])


@cache
def program() -> str:
    """The source of everything that runs."""
    folders = ("project", "widgets", "assistant")
    files = [path for folder in folders for path in (PROJECT_ROOT / folder).rglob("*.py")]
    return "\n".join(path.read_text() for path in [*files, PROJECT_ROOT / "Dockerfile", PROJECT_ROOT / "Makefile"])


@cache
def embed_source(suffix: str) -> str:
    return "\n".join(path.read_text() for path in sorted(EMBED.rglob(f"*{suffix}")))


# --- settings ---------------------------------------------------------------------------------------------


def test_every_setting_that_is_named_is_read() -> None:
    named = set(SETTING.findall(everything_written())) - MAKE_VARIABLES
    assert {name for name in named if not re.search(rf"\b{name}\b", program())} == set()


def test_every_setting_that_is_read_is_named() -> None:
    files = sorted((PROJECT_ROOT / "project" / "settings").glob("*.py"))
    read = {name for path in files for name in READ_BY_SETTINGS.findall(path.read_text())}
    going_live = text_of("docs/going-live.md")
    assert {name for name in read if f"`{name}`" not in going_live} == set()


def test_every_check_of_our_own_is_explained() -> None:
    ours = set(re.findall(r'id="(vouchsafe\.[a-z]+\.[EWI]\d+)"', program()))
    explained = set(re.findall(r"`(vouchsafe\.[a-z]+\.[EWI]\d+)`", text_of("docs/operators.md")))
    assert ours == explained


# --- commands ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", sorted(COMMAND_OWNERS))
def test_every_option_that_is_named_is_taken(command: str) -> None:
    parser = load_command_class(COMMAND_OWNERS[command], command).create_parser("manage.py", command)
    taken = {option for action in parser._actions for option in action.option_strings}
    lines = [rest for name, rest in COMMAND_LINE.findall(everything_written()) if name == command]
    assert lines
    assert {option for rest in lines for option in OPTION.findall(rest)} <= taken


def test_options_of_an_import_that_stand_alone_are_taken() -> None:
    parser = load_command_class("project.collection", "import_reviews").create_parser("manage.py", "import_reviews")
    taken = {option for action in parser._actions for option in action.option_strings}
    owners = re.findall(r"`(--[a-z-]+)", text_of("docs/owners.md"))
    assert set(owners) <= taken
    (basis,) = [action for action in parser._actions if action.dest == "basis"]
    assert {name for name in basis.choices or () if f"`--basis {name}`" in text_of("docs/owners.md")} == {"owned"}
    assert all(f"`{name}`" in text_of("docs/owners.md") for name in ("self_attested", "open_licence"))


# --- the embed --------------------------------------------------------------------------------------------


def test_the_attributes_are_those_that_the_elements_observe() -> None:
    observed = set(re.findall(r'"([a-z-]+)"', re.findall(r"const ATTRIBUTES = \[(.*?)\]", embed_source(".js"))[0]))
    tables = re.findall(r"^\| (`[^|]+) \|", text_of("docs/embed.md").partition("## No jump")[0], flags=re.MULTILINE)
    named = {name for cell in tables for name in re.findall(r"`([a-z-]+)`", cell)}
    assert named == observed | {"widget-id", "assistant-id", "theme"}


def test_the_style_variables_are_those_that_the_styles_read() -> None:
    read = set(re.findall(r"var\((--vouchsafe-[a-z-]+)", embed_source(".css")))
    named = set(re.findall(r"`(--vouchsafe-[a-z-]+)`", text_of("docs/embed.md")))
    assert named == read


def test_the_events_are_those_that_are_sent() -> None:
    calls = re.findall(r"\b(?:emit|tell)\((.*?)[;{]", embed_source(".js"))
    sent = {name for call in calls for name in re.findall(r'"([a-z]+)"', call)}
    assert sent == set(re.findall(r"`vouchsafe:([a-z]+)`", text_of("docs/embed.md")))


# --- errors and the demo ----------------------------------------------------------------------------------


def test_the_error_codes_are_those_that_there_are() -> None:
    explained = set(re.findall(r"^\| `([a-z_]+)` \|", text_of("docs/errors.md"), flags=re.MULTILINE))
    assert explained == {code.value for code in ErrorCode}


def test_the_readme_knows_how_to_sign_in_and_what_is_in_the_demo() -> None:
    readme = text_of("README.md")
    assert f"`{demo.PASSWORD}`" in readme
    for email in re.findall(r"`(\w+@demo\.example)`", readme):
        assert email in {login.email for login in demo.LOGINS}
    licence = (PROJECT_ROOT / "project" / "runtime" / "demo" / "LICENCE.md").read_text()
    for count in re.findall(r"([\d,]+) of (?:women|food)", readme):
        assert f"{count} reviews" in licence


def test_every_picture_is_shown_somewhere() -> None:
    for picture in sorted((DOCS / "images").iterdir()):
        assert f"images/{picture.name}" in everything_written(), picture.name
        assert picture.stat().st_size < 150_000
