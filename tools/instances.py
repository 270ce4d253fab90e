"""The printers of this computer: each has a data folder with a moonraker.conf."""

from __future__ import annotations

import os
import pwd
import re
import shlex
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Instance:
    """One printer. `unit` and `components` are empty when nothing tells them."""

    data: Path
    conf: Path
    unit: str = ""
    components: str = ""

    @property
    def name(self) -> str:
        return self.data.name.replace("_data", "") or str(self)

    def __str__(self) -> str:
        return str(self.data)

    def is_called(self, word: str) -> bool:
        names = {self.name, self.data.name, str(self.data), self.unit}
        return word.rstrip("/") in names - {""}

    @property
    def config(self) -> Path:
        """The folder that the front ends show."""
        return self.data / "config"


def find(home: str, unit_path: str) -> list[Instance]:
    """Those that systemd starts first, then those in the home folder."""
    units: list[Path] = []
    for folder in (Path(unit_path), Path(home, ".config/systemd/user")):
        units += sorted(folder.glob("moonraker*.service"))
    found: dict[Path, Instance] = {}
    for unit in units:
        instance = _of_unit(unit, home)
        if instance is not None:
            found.setdefault(instance.conf.resolve(), instance)
    for data in sorted(Path(home).glob("*_data")) if home else []:
        conf = data / "config" / "moonraker.conf"
        if os.path.isfile(conf):
            found.setdefault(conf.resolve(), Instance(data, conf))
    return list(found.values())


def of_folder(folder: Path) -> Instance | None:
    """The printer whose data folder a person named."""
    conf = folder / "config" / "moonraker.conf"
    return Instance(folder, conf) if os.path.isfile(conf) else None


def _of_unit(unit: Path, home: str) -> Instance | None:
    lines = _lines(unit)
    home = _home(lines, home)
    variables = _variables(lines, home)
    command: list[str] = []
    for key, value in lines:
        if key == "ExecStart":
            command = _words(value.replace("%h", home), variables)
    if not command:
        return None
    data = _argument(command, "-d", "--datapath") or variables.get(
        "MOONRAKER_DATA_PATH", f"{home}/printer_data"
    )
    folder = Path(data.replace("~", home, 1) if data[:1] == "~" else data)
    conf = _argument(command, "-c", "--configfile") or variables.get(
        "MOONRAKER_CONFIG_PATH", f"{folder}/config/moonraker.conf"
    )
    if not os.path.isfile(conf):  # or it is not for our eyes
        return None
    return Instance(folder, Path(conf), unit.stem, _components(command, variables))


def _lines(unit: Path) -> list[tuple[str, str]]:
    """The settings of a unit and of what was dropped in beside it."""
    lines: list[tuple[str, str]] = []
    for path in (unit, *sorted(Path(f"{unit}.d").glob("*.conf"))):
        try:
            text = path.read_text("utf-8", errors="replace")
        except OSError:
            continue
        for line in text.replace("\\\n", " ").splitlines():
            key, sign, value = line.strip().partition("=")
            if sign and key[:1] not in "#;[":
                lines.append((key.strip(), value.strip()))
    return lines


def _home(lines: list[tuple[str, str]], home: str) -> str:
    for key, value in lines:
        if key == "User":
            try:
                return pwd.getpwnam(value).pw_dir
            except KeyError:
                return home
    return home


def _variables(lines: list[tuple[str, str]], home: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in lines:
        if key == "Environment":
            found.update(_pair(word) for word in _split(value))
        elif key == "EnvironmentFile":
            try:
                path = Path(value.lstrip("-").strip('"').replace("%h", home))
                text = path.read_text("utf-8", errors="replace")
            except OSError:
                continue
            for line in text.splitlines():
                if "=" in line and line.lstrip()[:1] not in "#;":
                    name, _, rest = line.strip().partition("=")
                    found[name] = _unquoted(rest.strip())
    return found


def _pair(word: str) -> tuple[str, str]:
    name, _, value = word.partition("=")
    return name, value


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _words(command: str, variables: dict[str, str]) -> list[str]:
    """As systemd does it: $NAME alone becomes words, ${NAME} stays in one."""
    words: list[str] = []
    for word in _split(command):
        alone = re.fullmatch(r"\$(\w+)", word)
        if alone:
            words += _split(variables.get(alone[1], ""))
        else:
            words.append(
                re.sub(r"\$\{(\w+)\}", lambda m: variables.get(m[1], ""), word)
            )
    if words:
        words[0] = words[0].lstrip("-@:+!")
    return words


def _argument(command: list[str], short: str, long: str) -> str:
    for word, after in zip(command, [*command[1:], ""]):
        if word in (short, long):
            return after
        if word.startswith(f"{long}="):
            return word[len(long) + 1 :]
    return ""


def _components(command: list[str], variables: dict[str, str]) -> str:
    """The folder of the components that this command runs with."""
    for word in command:
        if word.endswith("/moonraker.py"):
            return _real(Path(word).parent / "components")
    paths = [Path(path) for path in variables.get("PYTHONPATH", "").split(":") if path]
    environment = Path(command[0]).parent.parent
    paths += sorted(environment.glob("lib/python3*/site-packages"))
    for path in paths:
        if os.path.isfile(path / "moonraker" / "server.py"):
            return _real(path / "moonraker" / "components")
    return ""


def _real(path: Path) -> str:
    return os.path.realpath(path)
