"""Sections in configuration files, in blocks with marks of ours around them.

The first mark has a sum of what we wrote, so that a block that a person changed is
told from one that nobody touched.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from pathlib import Path

from changes import Refused, read

_END = "# <<< moonraker_cp"
_BEGIN = "# >>> moonraker_cp"
_BLOCK = re.compile(
    rf"^{_BEGIN} \((?P<sum>\d+)(?P<joined>, joined)?\).*\n"
    rf"(?P<body>(?:.*\n)*?){_END}[^\n]*\n?",
    re.MULTILINE,
)
_MARK = re.compile(r"^[ \t]*# (?:>>>|<<<) moonraker_cp", re.MULTILINE)
_SECTION = re.compile(r"\s*\[([^]]+)\]")


def block(body: str, joined: bool = False) -> str:
    """What goes into the file; `joined`: the line before it had no end."""
    flag = ", joined" if joined else ""
    words = "written by install.sh, taken out by its --uninstall"
    return f"{_BEGIN} ({_sum(body)}{flag}): {words}\n{body}{_END}\n"


def _sum(body: str) -> int:
    return zlib.crc32(body.replace("\r\n", "\n").encode())


def blocks(text: str) -> list[re.Match[str]]:
    """Our blocks; Refused when a mark was taken away by hand."""
    found = list(_BLOCK.finditer(text))
    if len(_MARK.findall(text)) != 2 * len(found):
        raise Refused(
            f"the marks of moonraker_cp do not come in pairs. "
            f'Remove what is left of them: the lines with "{_BEGIN}" and "{_END}"'
        )
    return found


def is_untouched(found: re.Match[str]) -> bool:
    return _sum(found["body"]) == int(found["sum"])


def _goes_on(after: str) -> bool:
    """Whether a person wrote more options of a block's section below its last mark.

    Without the block they would be those of the section above it.
    """
    return next(_tokens(after), ("section", ""))[0] == "option"


def name_of(body: str) -> str:
    """The name of the first section in it."""
    return next(iter(sections(body)), "")


def sections(text: str) -> list[str]:
    """The names of the sections, as Moonraker finds them."""
    return [value for kind, value in _tokens(text) if kind == "section"]


def option(text: str, section: str, name: str) -> str | None:
    """The value of one option, in its first line."""
    inside, found = "", None
    for kind, value in _tokens(text):
        if kind == "section":
            inside = value
        elif inside == section and re.split("[:=]", value)[0].strip() == name:
            found = re.sub(r" +[#;].*", "", re.split("[:=]", value, maxsplit=1)[-1])
    return found and found.strip()


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    indent = None
    for raw in text.splitlines():
        line = raw.expandtabs(4)
        bare = line.strip()
        if not bare or bare[0] in "#;":
            continue
        width = len(line) - len(line.lstrip())
        if indent is not None and width > indent:
            continue  # the value of the option above goes on
        found = _SECTION.match(line)
        indent = None if found else width
        yield ("section", found[1].strip()) if found else ("option", bare)


def all_sections(path: Path, seen: tuple[Path, ...] = ()) -> dict[str, Path]:
    """The sections of a file and of those that it includes, and where they are."""
    text = read(path)
    if text is None or path.resolve() in seen:
        return {}
    found: dict[str, Path] = {}
    for name in sections(text):
        if not name.startswith("include "):
            found.setdefault(name, path)
            continue
        for each in _included(path, name[8:].strip()):
            inner = all_sections(each, (*seen, path.resolve()))
            found.update({key: inner[key] for key in inner if key not in found})
    return found


def _included(path: Path, pattern: str) -> list[Path]:
    try:
        if pattern.startswith("/"):
            return sorted(Path(pattern).parent.glob(Path(pattern).name))
        return sorted(path.parent.glob(pattern))
    except (ValueError, NotImplementedError):
        return []


def put(text: str, body: str, first: bool = False) -> str:
    """The text with our block at its end, or at its start; the rest as it was.

    A block of ours for the same section is renewed where it is.
    """
    if text.startswith("\ufeff"):
        raise Refused("it begins with a byte order mark. Save it without")
    for found in blocks(text):
        if name_of(found["body"]) == name_of(body):
            new = block(body, found["joined"] is not None)
            return text[: found.start()] + new + text[found.end() :]
    if first:
        new = block(body) + text
        wanted = sections(body) + sections(text)
    else:
        joined = not text.endswith("\n") and text != ""
        new = text + "\n" * joined + block(body, joined)
        wanted = sections(text) + sections(body)
    if sections(new) != wanted:
        raise Refused("its first line is indented, or it is no configuration")
    return new


def take_out(text: str) -> tuple[str, list[str], list[str]]:
    """The text without our blocks; the sections removed, and those that stay.

    What a person changed stays, without our marks.
    """
    removed, kept = [], []
    for found in reversed(blocks(text)):
        before, after = text[: found.start()], text[found.end() :]
        if not is_untouched(found) or _goes_on(after):
            kept.append(name_of(found["body"]))
            text = before + found["body"] + after
            continue
        removed.append(name_of(found["body"]))
        if found["joined"] and not after:
            before = before[:-1]
        text = before + after
    return text, removed[::-1], kept[::-1]
