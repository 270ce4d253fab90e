#!/bin/sh
# Links moonraker_cp into Moonraker. Looks first, says what is in the way, and only
# then changes something; see usage below.
set -eu
export LC_ALL=C
unset GIT_DIR GIT_COMMON_DIR GIT_WORK_TREE # of a hook that may have started us

name=continuousprint
line="/moonraker/components/$name"
made="# made by moonraker_cp's install.sh"
newline='
'

usage() {
  cat <<'TEXT'
Links moonraker_cp into Moonraker as the component "continuousprint".

Usage: install.sh [--moonraker DIR] [--uninstall]

  --moonraker DIR  Moonraker's git clone, its virtual environment, its package or
                   that package's folder "components"; looked for when not given
  --uninstall      take the link away again

Needs no root. Changes the link and, in a git clone, .git/info/exclude.
TEXT
}

warn() { printf 'install.sh: %s\n' "$1" >&2; }
fail() { warn "$1" && exit 1; }

options() {
  given='' uninstall=''
  while [ $# -gt 0 ]; do
    case $1 in
      --moonraker)
        given=${2:-}
        [ -n "$given" ] || fail "--moonraker needs a folder"
        shift
        ;;
      --uninstall) uninstall=yes ;;
      -h | --help) usage && exit ;;
      *) fail "unknown option $1 (see --help)" ;;
    esac
    shift
  done
  case $given in '' | /*) ;; *) given=$PWD/$given ;; esac
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

# Prints the home folder and the folders in which systemd's units start Moonraker's
# environment: the clone lies beside it.
homes() {
  printf '%s\n' "${HOME:-}"
  for unit in "${SYSTEMD_UNIT_PATH:-/etc/systemd/system}"/moonraker*.service \
    "${HOME:-}"/.config/systemd/user/moonraker*.service; do
    [ ! -r "$unit" ] || sed -n 's|^ExecStart=\(/.*\)/[^/]*/bin/.*|\1|p' "$unit"
  done
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
      exit
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
check() {
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

install() {
  package=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/moonraker_cp
  [ -f "$package/__init__.py" ] || fail "there is no moonraker_cp beside install.sh"
  before=$(readlink -- "$link" || true) added=
  add_line || fail "cannot write $exclude; nothing was changed"
  if [ "$before" != "$package" ]; then
    [ -z "$before" ] || printf 'Replacing the link to %s\n' "$before"
    ln -sfn -- "$package" "$link" || {
      [ -z "$added" ] || remove_line
      fail "cannot make $link; nothing was changed"
    }
  fi
  printf 'Linked %s\n    to %s\n\n' "$link" "$package"
  printf 'Add this to moonraker.conf and restart Moonraker:\n\n'
  printf '[%s]\nbed_clearing: manual\n' "$name"
}

uninstall() {
  if [ -L "$link" ]; then
    rm -f -- "$link" || fail "cannot remove $link; nothing was changed"
    printf 'Removed %s\n' "$link"
    printf 'Take [%s] out of moonraker.conf and restart Moonraker.\n' "$name"
  else
    printf 'There is no link %s to remove\n' "$link"
  fi
  remove_line || fail "cannot write $exclude, which has a line $line"
}

main() {
  options "$@"
  find_moonraker
  find_exclude
  check
  if [ -n "$uninstall" ]; then uninstall; else install; fi
}

main "$@"
