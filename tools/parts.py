"""What install.sh can add to a printer: each part looks, adds, and takes out."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

import blocks
import navi
from changes import Link, Refused, Step, Text, read
from instances import Instance

SECTION = "[continuousprint]\nbed_clearing: manual\n"
INCLUDE = "[include continuousprint.cfg]\n"
MACROS = "continuousprint.cfg"
CAMERA = "webcam Continuous print"
UPDATES = "update_manager continuousprint"


@dataclass
class Plan:
    """The steps for one printer, and what a person should know."""

    instance: Instance
    package: Path
    steps: list[Step]
    notes: list[str]

    def text(self, path: Path) -> str | None:
        """A file as the steps so far leave it."""
        for step in reversed(self.steps):
            if isinstance(step.change, Text) and step.change.path == path:
                return step.change.new
        return read(path)

    def change(self, path: Path, new: str | None, verb: str, what: str) -> None:
        old = self.text(path)
        if new != old:
            self.steps.append(Step(Text(path, old, new), verb, what))

    def put(self, path: Path, body: str, first: bool = False) -> None:
        """Add a block of ours, unless a person has such a section already."""
        text, name = self.text(path), blocks.name_of(body)
        if text is None:
            raise Refused(f"there is no {path}")
        try:
            kept = blocks.take_out(text)[2]
            mine = [blocks.name_of(found["body"]) for found in blocks.blocks(text)]
            if name in kept or (name not in mine and _is_there(path, name)):
                self.notes.append(f"[{name}] is in {path} already; it stays as it is")
                return
            new = blocks.put(text, body, first)
        except Refused as error:
            raise Refused(f"{path} is left alone: {error}") from None
        verb, joint = ("renew", "in") if name in mine else ("add", "to")
        self.change(path, new, verb, f"[{name}] {joint} {path}")

    def take_out(self, path: Path) -> None:
        text = self.text(path)
        if text is None:
            return
        try:
            new, removed, kept = blocks.take_out(text)
        except Refused as error:
            raise Refused(f"{path} is left alone: {error}") from None
        names = " and ".join(f"[{name}]" for name in removed)
        self.change(path, new, "remove", f"{names or 'our marks'} from {path}")
        for name in kept:
            self.notes.append(f"you changed [{name}] in {path}; take it out yourself")
        if "continuousprint" in blocks.sections(new) and not kept:
            self.notes.append(
                f"[continuousprint] stays in {path}; take it out yourself"
            )


def _is_there(path: Path, name: str) -> bool:
    if name.startswith("include "):
        return _includes(read(path) or "", path.with_name(name[8:]))
    return name in blocks.all_sections(path)


def _includes(text: str, place: Path) -> bool:
    """Whether a configuration beside that file includes it by its name."""
    return any(
        os.path.normpath(place.parent / name[8:].strip()) == str(place)
        for name in blocks.sections(text)
        if name.startswith("include ")
    )


def section(plan: Plan) -> None:
    plan.put(plan.instance.conf, SECTION)


def update_manager(plan: Plan) -> None:
    clone = plan.package.parent
    origin = _git(clone, "remote", "get-url", "origin")
    if not origin:
        raise Refused(
            f"{clone} is no clone of a git repository, so that Moonraker's update "
            "manager has nothing to update"
        )
    head = _git(clone, "symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    branch = head.partition("/")[2] or _git(clone, "symbolic-ref", "--short", "HEAD")
    options = {
        "type": "git_repo",
        "path": clone,
        "origin": origin,
        "primary_branch": branch or "main",
        "managed_services": "moonraker",
        "is_system_service": False,
    }
    lines = (f"{key}: {_value(str(value))}\n" for key, value in options.items())
    plan.put(plan.instance.conf, f"[{UPDATES}]\n{''.join(lines)}")


def _value(text: str) -> str:
    """A blank and a # or ; begin a comment, but for a backslash between them."""
    return re.sub(r" ([#;])", r" \\\1", text)


def _git(clone: Path, *args: str) -> str:
    try:
        # A list, so no shell reads it; which git is the caller's PATH to say.
        done = subprocess.run(  # noqa: S603  # nosec B603 B607
            ["git", "-C", str(clone), *args],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except OSError:
        return ""
    # A folder inside of another repository is not a clone of its own.
    return done.stdout.strip() if (clone / ".git").exists() else ""


def page_url(plan: Plan) -> str:
    """The page's address, for a browser that shows a front end.

    A front end's own address leads to the Moonraker on port 7125, which may be
    another printer.
    """
    text = read(plan.instance.conf) or ""
    prefix = (blocks.option(text, "server", "route_prefix") or "").strip("/")
    path = f"/{prefix}{navi.PAGE}" if prefix else navi.PAGE
    port = blocks.option(text, "server", "port") or "7125"
    if port == "7125":
        return path
    host = socket.gethostname().partition(".")[0]
    return f"http://{host}.local:{port}{path}"


def mainsail(plan: Plan) -> None:
    path = _navi(plan)
    text = plan.text(path)
    try:
        if navi.has(text):
            return
        url = page_url(plan)
        new = navi.add(text, url)
    except Refused as error:
        raise Refused(f"{path} is left alone: {error}") from None
    plan.change(path, new, "add", f"an entry to {path}")
    _tell_address(plan, url)


def _tell_address(plan: Plan, url: str) -> None:
    note = f"the page of {plan.instance.name} is {url}"
    if url.startswith("http:") and note not in plan.notes:
        plan.notes.append(note)


def _navi(plan: Plan) -> Path:
    return plan.instance.config / ".theme" / "navi.json"


def fluidd(plan: Plan) -> None:
    url = page_url(plan)
    body = (
        f"[{CAMERA}]\n"
        "service: iframe\n"
        "icon: mdiPrinter3d\n"
        "aspect_ratio: 16:9\n"
        f"stream_url: {url}\n"
    )
    plan.put(plan.instance.conf, body)
    _tell_address(plan, url)
    if "timelapse" in blocks.all_sections(plan.instance.conf):
        plan.notes.append(
            "Moonraker lists this camera before those that were added in a front end; "
            "choose yours in the settings of the time-lapse"
        )


def macros(plan: Plan) -> None:
    target = plan.package / "macros" / MACROS
    place = plan.instance.config / MACROS
    printer_cfg = plan.instance.config / "printer.cfg"
    if os.path.lexists(place) and not _is_our_link(place):
        raise Refused(f"{place} is there and is no link to our macros")
    plan.put(printer_cfg, INCLUDE, first=True)
    old = os.readlink(place) if place.is_symlink() else None
    if old != str(target):
        verb = "add" if old is None else "renew"
        # Before the include: Klipper wants the file to be there.
        plan.steps.insert(0, Step(Link(place, old, str(target)), verb, f"{place}"))


def _is_our_link(place: Path) -> bool:
    return place.is_symlink() and Path(os.readlink(place)).parts[-3:] == (
        "moonraker_cp",
        "macros",
        MACROS,
    )


def remove_all(plan: Plan) -> None:
    """Everything that the parts above added."""
    plan.take_out(plan.instance.conf)
    printer_cfg, place = plan.instance.config / "printer.cfg", _navi(plan)
    plan.take_out(printer_cfg)
    _remove_macros(plan, printer_cfg)
    text = plan.text(place)
    if text is None:
        return
    try:
        plan.change(place, navi.take_out(text), "remove", f"our entry from {place}")
        if navi.has(plan.text(place)):
            plan.notes.append(f"you changed our entry in {place}; take it out yourself")
    except Refused as error:
        plan.notes.append(f"{place} is left alone: {error}")


def _remove_macros(plan: Plan, printer_cfg: Path) -> None:
    place = plan.instance.config / MACROS
    if not _is_our_link(place):
        return
    if _includes(plan.text(printer_cfg) or "", place):
        plan.notes.append(
            f"{printer_cfg} includes {MACROS}, so that {place} stays; remove both"
        )
        return
    plan.steps.append(Step(Link(place, os.readlink(place), None), "remove", str(place)))


PARTS = {
    "update-manager": update_manager,
    "macros": macros,
    "mainsail": mainsail,
    "fluidd": fluidd,
}
