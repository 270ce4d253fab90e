#!/bin/sh
# Links moonraker_cp into Moonraker and, when told to, adds to the configuration of
# printers. Looks first, says what is in the way, and only then changes something; see
# usage below. Configurations are the work of tools/configure.py.
set -eu
export LC_ALL=C
unset GIT_DIR GIT_COMMON_DIR GIT_WORK_TREE # of a hook that may have started us

repository=${MOONRAKER_CP_REPO:-ADDRESS_OF_THIS_REPOSITORY}
name=continuousprint
line="/moonraker/components/$name"
made="# made by moonraker_cp's install.sh"
newline='
'

usage() {
  cat <<'TEXT'
Links moonraker_cp into Moonraker as the component "continuousprint".

Usage: install.sh [OPTION ...]

  --yes             ask nothing; add [continuousprint] to moonraker.conf, unless it is
                    there
  --check           say what is there and what would be done; change nothing
  --uninstall       take out all that install.sh added, and nothing else
  --moonraker DIR   Moonraker's git clone, its virtual environment, its package or
                    that package's folder "components"; looked for when not given
  --instance NAME   of several printers this one: "printer_1" for ~/printer_1_data, its
                    data folder, or "all"; may be given more than once

More to add to the configuration of the printer:
  --update-manager  [update_manager continuousprint] in moonraker.conf
  --macros          CPQ_START and the others, included by printer.cfg
  --mainsail        an entry in Mainsail's navigation
  --fluidd          a camera that shows the queue's page in Fluidd
  --all             these four

Needs no root. From a pipe it clones moonraker_cp into ~/moonraker_cp first:
MOONRAKER_CP_REPO is the address.
TEXT
}

warn() { printf 'install.sh: %s\n' "$1" >&2; }
fail() { warn "$1" && exit 1; }

options() {
  given='' uninstall='' check='' yes='' parts='' instances=''
  while [ $# -gt 0 ]; do
    case $1 in
      --moonraker)
        given=${2:-}
        [ -n "$given" ] || fail "--moonraker needs a folder"
        shift
        ;;
      --instance)
        [ -n "${2:-}" ] || fail "--instance needs a name or a folder"
        instances=$instances$2$newline
        shift
        ;;
      --uninstall) uninstall=yes ;;
      --check) check=yes ;;
      --yes) yes=yes ;;
      --update-manager | --macros | --mainsail | --fluidd) parts="$parts $1" ;;
      --all) parts="--update-manager --macros --mainsail --fluidd" ;;
      -h | --help) usage && exit ;;
      *) fail "unknown option $1 (see --help)" ;;
    esac
    shift
  done
  case $given in '' | /*) ;; *) given=$PWD/$given ;; esac
  [ -z "$uninstall" ] || [ -z "$parts" ] ||
    fail "--uninstall takes out all of it; leave $parts away"
}

# Sets $here to the checkout that this script is part of. A script that comes from a
# pipe has none: it makes one and lets that one's install.sh go on.
find_here() {
  case $0 in
    *.sh) here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) ;;
    *) find_clone "$@" ;;
  esac
  package=$here/moonraker_cp
}

find_clone() {
  [ -n "${HOME:-}" ] || fail "there is no home folder to clone moonraker_cp into"
  here=$HOME/moonraker_cp
  if [ -f "$here/install.sh" ] && [ -f "$here/moonraker_cp/__init__.py" ]; then
    printf 'Using the clone %s as it is\n' "$here"
  elif [ -n "$check$uninstall" ]; then
    [ -n "$uninstall" ] || printf 'Would clone %s to %s\n' "$repository" "$here"
    return 0
  else
    [ ! -e "$here" ] || fail "$here is there and is no clone of moonraker_cp"
    git clone --quiet -- "$repository" "$here" </dev/null ||
      fail "cannot clone $repository; nothing was changed"
    printf 'Cloned %s to %s\n' "$repository" "$here"
  fi
  exec sh "$here/install.sh" "$@" </dev/null
}

# Adds the components folders that $1 can stand for to $found, one a line.
consider() {
  for each in "$1" "$1/components" "$1/moonraker/components" \
    "$1"/lib/python3*/*-packages/moonraker/components; do
    [ -f "$each/klippy_apis.py" ] && [ -f "$each/../server.py" ] || continue
    each=$(CDPATH='' cd -P -- "$each" && pwd) || continue
    case $newline$found in *"$newline$each$newline"*) continue ;; esac
    # Unless it is told, --uninstall looks for those that have the link.
    if [ -z "$uninstall" ] || [ -n "$given" ] ||
      [ "$(occupant "$each/$name")" = ours ]; then found=$found$each$newline; fi
  done
}

# Prints what systemd's units start Moonraker with, as far as $1 marks it.
started() {
  for unit in "${SYSTEMD_UNIT_PATH:-/etc/systemd/system}"/moonraker*.service \
    "${HOME:-}"/.config/systemd/user/moonraker*.service; do
    [ ! -r "$unit" ] || sed -n "s|^ExecStart=\"\{0,1\}$1.*|\\1|p" "$unit"
  done
}

# Prints the home folder and the folders in which systemd's units start Moonraker's
# environment: the clone lies beside it.
homes() {
  printf '%s\n' "${HOME:-}"
  started '\(/.*\)/[^/]*/bin/'
}

# Sets $python to one that can run tools/configure.py, Moonraker's own if possible.
find_python() {
  python=
  [ -f "$here/tools/configure.py" ] || return 0
  while IFS= read -r each; do
    case $each in */*) [ -x "$each" ] || continue ;; esac
    if "$each" -EsSB -c 'import sys; sys.exit(sys.version_info < (3, 9))' \
      </dev/null >/dev/null 2>&1; then
      python=$each
      return
    fi
  done <<LINES
${components%/lib/python3*}/bin/python
${components%/*/*}-env/bin/python
${HOME:-}/moonraker-env/bin/python
$(started '\(/.*/bin/python[0-9.]*\)')
python3
LINES
}

# Runs tools/configure.py with the command $1 and all that we were told.
configure() {
  for part in $parts; do set -- "$@" "$part"; done
  [ -z "$yes" ] || set -- "$@" --yes
  [ -z "$uninstall" ] || set -- "$@" --uninstall
  while IFS= read -r each; do
    [ -z "$each" ] || set -- "$@" "--instance=$each"
  done <<LINES
$instances
LINES
  "$python" -EsSB "$here/tools/configure.py" "$@" \
    "--components=$components" "--package=$package"
}

# Prints where the python3 of this shell would import Moonraker from, if it can.
imported() {
  cd / && python3 -B -c 'from importlib.util import find_spec
spec = find_spec("moonraker")
print((spec and spec.submodule_search_locations or [""])[0])' 2>/dev/null || true
}

look_around() {
  while IFS= read -r home; do
    [ -n "$home" ] || continue
    for place in "$home"/* "$home"/*/moonraker "$home/.local" "$home/.venv"; do
      consider "$place"
    done
  done <<LINES
$(homes)
LINES
  consider "$(imported)"
}

ask_which() {
  [ -t 0 ] || fail "there are several Moonrakers; say which with --moonraker DIR:
${found%"$newline"}"
  printf 'There are several Moonrakers:\n'
  printf '%s' "$found" | grep -n '' | sed 's/:/) /'
  printf 'Which one? '
  read -r answer || answer=
  case $answer in '' | 0* | *[!0-9]*) fail "no number; nothing was changed" ;; esac
  found=$(printf '%s' "$found" | sed -n "${answer}p")$newline
  [ "$found" != "$newline" ] || fail "there is no number $answer; nothing was changed"
}

find_moonraker() {
  found=
  if [ -n "$given" ]; then consider "$given"; else look_around; fi
  if [ -z "$found" ]; then
    [ -z "$given" ] || fail "there is no Moonraker in $given"
    [ -z "$uninstall" ] || {
      echo "Found no link to remove. Is it elsewhere? Say where with --moonraker DIR."
      components='' link=''
      return
    }
    fail "found no Moonraker; say where it is with --moonraker DIR"
  fi
  [ "${found%"$newline"}" = "${found%%"$newline"*}" ] || ask_which
  components=${found%"$newline"}
  link=$components/$name
}

# Says what is at the place $1: nothing, a link of ours (perhaps dangling) or foreign.
occupant() {
  target=$(readlink -- "$1" || true)
  if [ ! -e "$1" ] && [ ! -L "$1" ]; then
    echo nothing
  elif [ "${target##*/}" = moonraker_cp ] &&
    { [ ! -e "$1" ] || grep -qs moonraker_cp "$1/__init__.py"; }; then
    echo ours
  else
    echo foreign
  fi
}

# Sets $exclude to the clone's .git/info/exclude, or to nothing outside of a clone.
find_exclude() {
  exclude='' clone=${components%/*/*}
  if [ -d "$clone/.git" ]; then
    exclude=$clone/.git/info/exclude
  elif [ -f "$clone/.git" ]; then # a worktree or a submodule
    exclude=$(cd -- "$clone" && git rev-parse --git-path info/exclude 2>/dev/null) ||
      warn "git does not say where $clone has its excludes; it will show the link"
    case $exclude in '' | /*) ;; *) exclude=$clone/$exclude ;; esac
  fi
  if [ -L "$exclude" ]; then exclude=$(readlink -f -- "$exclude"); fi
  info=${exclude%/*}
}

need_write() {
  [ -w "$1" ] || fail "you may not write in $1; nothing was changed.
Run install.sh as the user that it belongs to."
}

# Fails while nothing is changed yet, when something is in the way.
look() {
  [ "$(occupant "$link")" != foreign ] ||
    fail "$link is there and is no link to moonraker_cp; nothing was changed"
  [ "$(id -u)" != 0 ] || [ -n "$(find "$components" -prune -user 0)" ] ||
    warn "warning: no root is needed, and $components is another user's"
  need_write "$components"
  [ -n "$exclude" ] || return 0
  if [ -d "$info" ]; then need_write "$info"; else need_write "${info%/*}"; fi
  [ -e "$exclude" ] || return 0
  [ -f "$exclude" ] && [ -r "$exclude" ] ||
    fail "$exclude cannot be read; nothing was changed"
  need_write "$exclude"
}

# Makes $exclude what a command prints, whole or not at all; mode and owner stay.
rewrite_exclude() {
  if cp -p -- "$exclude" "$exclude.$$" && "$@" >"$exclude.$$" &&
    mv -f -- "$exclude.$$" "$exclude"; then return; fi
  rm -f -- "$exclude.$$"
  return 1
}

# Our line goes first, so that whatever follows stays as it is, byte for byte. A file
# or folder that was not there is marked as ours.
add_line() {
  if [ -z "$exclude" ] || grep -qsxF -e "$line" "$exclude"; then
    return
  fi
  added=yes
  if [ -e "$exclude" ]; then
    printf '%s\n' "$line" | rewrite_exclude cat - "$exclude"
    return
  fi
  mark=$made
  [ -d "$info" ] || { mkdir -- "$info" && mark="$made, with its folder"; } || return
  printf '%s\n%s\n' "$mark" "$line" >"$exclude" || { drop_exclude "$mark" && return 1; }
}

# Removes the file that add_line made and marked with $1.
drop_exclude() {
  rm -f -- "$exclude"
  case $1 in *folder) rmdir -- "$info" || true ;; esac
}

remove_line() {
  [ -f "$exclude" ] && grep -qxF -e "$line" "$exclude" || return 0
  first=$(sed 1q "$exclude")
  rewrite_exclude sed -e "\\|^$line\$|d" -e "1{/^$made/d;}" "$exclude" || return
  case $first in "$made"*) [ -s "$exclude" ] || drop_exclude "$first" ;; esac
}

# Makes the link and the line, or neither.
make_link() {
  before=$(readlink -- "$link" || true) added=
  add_line || fail "cannot write $exclude; nothing was changed"
  [ "$before" != "$package" ] || return 0
  ln -sfn -- "$package" "$link" || {
    [ -z "$added" ] || remove_line
    fail "cannot make $link; nothing was changed"
  }
}

take_link_back() {
  if [ -n "$before" ]; then ln -sfn -- "$before" "$link"; else rm -f -- "$link"; fi
  [ -z "$added" ] || remove_line
  exit 1
}

install() {
  [ -f "$package/__init__.py" ] || fail "there is no moonraker_cp beside install.sh"
  said="Add this to moonraker.conf and restart Moonraker:

[$name]
bed_clearing: manual"
  if [ -n "$python" ]; then
    plan=$(configure plan) || exit 1
    trap : INT TERM HUP # what is begun now is brought to its end, or taken back
    make_link
    said=$(configure apply "--plan=$plan") || take_link_back
  else
    [ -z "$yes$parts$instances" ] ||
      fail "no Python 3.9 or newer runs here; nothing was changed"
    make_link
  fi
  [ -z "$before" ] || [ "$before" = "$package" ] ||
    printf 'Replacing the link to %s\n' "$before"
  printf 'Linked %s\n    to %s\n\n%s\n' "$link" "$package" "$said"
}

uninstall() {
  said="Take [$name] out of moonraker.conf and restart Moonraker."
  if [ -n "$python" ]; then
    plan=$(configure plan) || exit 1
    said=$(configure apply "--plan=$plan") || exit 1
  fi
  case $instances in
    '' | "all$newline") remove_link ;;
    *) echo "The link stays, for other printers. Without --instance it goes, too." ;;
  esac
  printf '%s\n' "$said"
}

remove_link() {
  [ -n "$link" ] || return 0
  if [ -L "$link" ]; then
    rm -f -- "$link" || fail "cannot remove $link"
    printf 'Removed %s\n' "$link"
  else
    printf 'There is no link %s to remove\n' "$link"
  fi
  remove_line || fail "cannot write $exclude, which has a line $line"
}

# Says what is there and what would be done.
report() {
  printf 'Moonraker: %s\n' "${components:-not found}"
  before=$(readlink -- "$link" || true)
  if [ -n "$uninstall" ]; then
    [ -z "$before" ] || printf 'Would remove %s\n' "$link"
  elif [ "$before" = "$package" ]; then
    printf 'Linked to %s\n' "$package"
  else
    [ -z "$before" ] || printf 'Linked to %s\n' "$before"
    printf 'Would link it to %s\n' "$package"
  fi
  if [ -n "$python" ]; then
    configure check
  else
    echo "Configurations were not looked at: that needs Python 3.9 and a checkout"
    [ -z "$yes$parts$instances" ] || [ ! -d "$here" ]
  fi
}

main() {
  options "$@"
  find_here "$@"
  find_moonraker
  find_python
  if [ -n "$components" ]; then
    find_exclude
    look
  fi
  if [ -n "$check" ]; then
    report
  elif [ -n "$uninstall" ]; then
    uninstall
  else
    install
  fi
}

main "$@"
