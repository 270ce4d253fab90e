"""The part of install.sh that looks at, adds to and clears a printer's configuration.

install.sh runs it with Moonraker's own Python: `plan` looks at everything, asks what
is to be asked and prints the answers as one line of JSON; `apply` is given that line
and does it; `check` only tells.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

import instances
from blocks import all_sections
from changes import Refused, do_all
from instances import Instance
from parts import PARTS, SECTION, Plan, remove_all, section

RESTART = (
    "Restart Moonraker: in Mainsail or Fluidd, in the menu at the top right, or with\n"
    "    sudo systemctl restart {units}"
)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="configure.py")
    parser.add_argument("command", choices=["plan", "check", "apply"])
    parser.add_argument("--components", default="")
    parser.add_argument("--package", type=Path, required=True)
    parser.add_argument("--instance", action="append", default=[])
    parser.add_argument("--uninstall", action="store_true")
    parser.add_argument("--yes", action="store_true")
    parser.add_argument("--plan", type=json.loads)
    for name in PARTS:
        parser.add_argument(
            f"--{name}", action="append_const", dest="parts", const=name
        )
    return parser.parse_args()


# --- which printers


def all_of_them(components: str) -> list[Instance]:
    """The printers of the Moonraker with these components."""
    units = os.environ.get("SYSTEMD_UNIT_PATH", "/etc/systemd/system")
    found = instances.find(os.environ.get("HOME", ""), units)
    real = os.path.realpath(components)
    return [each for each in found if not components or each.components in ("", real)]


def named(words: list[str], found: list[Instance]) -> list[Instance]:
    chosen: list[Instance] = []
    for word in words:
        fits = found if word == "all" else [e for e in found if e.is_called(word)]
        if not fits:
            folder = instances.of_folder(Path(word).absolute())
            if folder is None:
                raise Refused(f"there is no printer {word}{_listed(found)}")
            fits = [folder]
        chosen += [each for each in fits if each not in chosen]
    return chosen


def _listed(found: list[Instance]) -> str:
    return "".join(f"\n  {each.name}  {each.data}" for each in found)


def choose(asked: argparse.Namespace, found: list[Instance]) -> list[Instance]:
    """The printers that a person means; asks when that is not clear."""
    if asked.instance:
        return named(asked.instance, found)
    if len(found) < 2 or asked.uninstall:
        chosen = found
    elif asked.command == "plan" and not asked.yes and sys.stdin.isatty():
        chosen = _ask_which(found)
    elif asked.yes or asked.parts:
        raise Refused(
            "there are several printers; say which with --instance NAME, "
            f"or --instance all{_listed(found)}"
        )
    else:
        chosen = found
    if not chosen and (asked.yes or asked.parts) and not asked.uninstall:
        raise Refused(
            "found no moonraker.conf; say with --instance DIR which folder has it as "
            "config/moonraker.conf"
        )
    return chosen


def _ask_which(found: list[Instance]) -> list[Instance]:
    say("There are several printers:")
    for number, each in enumerate(found, 1):
        say(f"{number}) {each.name}  {each.data}")
    answer = _ask("Which one, or all? ")
    if answer == "all":
        return found
    if not answer.isdecimal() or not 1 <= int(answer) <= len(found):
        raise Refused("that is no number of a printer")
    return [found[int(answer) - 1]]


def _ask(question: str) -> str:
    sys.stderr.write(question)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise Refused("there was no answer")
    return line.strip()


def say(words: str) -> None:
    """To the person: standard output belongs to install.sh while it plans."""
    print(words, file=sys.stderr)


# --- what is done to them


def has_section(instance: Instance) -> bool:
    return "continuousprint" in all_sections(instance.conf)


def wants_section(asked: argparse.Namespace, instance: Instance) -> bool:
    if asked.yes or has_section(instance):
        return bool(asked.yes)
    if asked.command != "plan" or not sys.stdin.isatty():
        return False
    answer = _ask(f"Add [continuousprint] to {instance.conf}? [Y/n] ")
    return answer.lower() in ("", "y", "yes")


def plan_of(instance: Instance, package: Path, wanted: list[str]) -> Plan:
    plan = Plan(instance, package, [], [])
    if wanted == ["nothing of ours"]:
        remove_all(plan)
    if "section" in wanted:
        section(plan)
    for name in PARTS:
        if name in wanted:
            PARTS[name](plan)
    for step in plan.steps:
        step.change.look()
    return plan


def wishes(asked: argparse.Namespace) -> list[tuple[Instance, list[str]]]:
    rows = []
    for instance in choose(asked, all_of_them(asked.components)):
        wanted = list(asked.parts or [])
        if asked.uninstall:
            wanted = ["nothing of ours"]
        elif wants_section(asked, instance):
            wanted.append("section")
        rows.append((instance, wanted))
    return rows


# --- the commands


def make_plan(asked: argparse.Namespace) -> None:
    rows = wishes(asked)
    for instance, wanted in rows:
        plan_of(instance, asked.package, wanted)
    print(json.dumps([[str(e.data), str(e.conf), e.unit, w] for e, w in rows]))


def check(asked: argparse.Namespace) -> None:
    rows = all_of_them(asked.components)
    if not rows:
        print("Found no moonraker.conf")
    for each in rows:
        state = "has" if has_section(each) else "has no"
        print(f"Printer {each.name}: {each.conf} {state} [continuousprint]")
    if not (asked.yes or asked.uninstall or all(map(has_section, rows))):
        print("--yes would add [continuousprint] where it is missing")
    for instance, wanted in wishes(asked):
        plan = plan_of(instance, asked.package, wanted)
        for step in plan.steps:
            print(f"Would {step}")
        for note in plan.notes:
            print(f"Note: {note}")


def apply(asked: argparse.Namespace) -> None:
    plans = []
    for data, conf, unit, wanted in asked.plan:
        instance = Instance(Path(data), Path(conf), unit)
        plans.append(plan_of(instance, asked.package, wanted))
    do_all([step for plan in plans for step in plan.steps])
    for plan in plans:
        for step in plan.steps:
            print(step.past)
        for note in plan.notes:
            print(f"Note: {note}")
    left_to_do(asked, [plan.instance for plan in plans])
    printer_cfg = any(
        "printer.cfg" in step.what for plan in plans for step in plan.steps
    )
    if printer_cfg:
        print("Restart Klipper, too, when nothing prints")


def left_to_do(asked: argparse.Namespace, chosen: list[Instance]) -> None:
    missing = [str(each.conf) for each in chosen if not has_section(each)]
    if asked.uninstall and not chosen:
        print("Take [continuousprint] out of moonraker.conf and restart Moonraker.")
        return
    if asked.uninstall or (chosen and not missing):
        units = " ".join(each.unit for each in chosen if each.unit) or "moonraker"
        print(RESTART.format(units=units))
        return
    place = "\n    ".join(missing) or "moonraker.conf"
    print(f"\nAdd this to {place}\nand restart Moonraker:\n\n{SECTION}", end="")


def main() -> int:
    asked = options()
    try:
        {"plan": make_plan, "check": check, "apply": apply}[asked.command](asked)
    except Refused as error:
        first, *more = str(error).splitlines()
        say("\n".join([f"install.sh: {first}; nothing was changed", *more]))
        return 1
    except OSError as error:
        say(f"install.sh: {error}; nothing was changed")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
