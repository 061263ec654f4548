#!/bin/sh
# kube-proxy @VERSION@, commit @COMMIT@, for linux @ARCH@: one file that holds
# the program and what runs it. The first start unpacks both into a folder that
# is named by their content; every start runs them from there.
# content @HASH@
set -u

hash='@HASH@'
# Where a packed part begins in this file and its bytes; what it unpacks to.
runtime_at='@RUNTIME_AT@' runtime_packed='@RUNTIME_PACKED@'
runtime_size='@RUNTIME_SIZE@' runtime_sum='@RUNTIME_SUM@'
program_at='@PROGRAM_AT@' program_packed='@PROGRAM_PACKED@'
program_size='@PROGRAM_SIZE@' program_sum='@PROGRAM_SUM@'

say() {
  echo "kube-proxy: $*" >&2
}

# Where it may be unpacked, the best place first.
list_places() {
  if [ -n "${KUBE_PROXY_UNPACK_DIR:-}" ]; then
    echo "$KUBE_PROXY_UNPACK_DIR"
    return
  fi
  echo /usr/local/lib/kube-proxy
  echo /var/lib/kube-proxy/exe
  echo /run/kube-proxy/exe
  if [ "$(id -u)" -ne 0 ] && [ -n "${HOME:-}" ]; then
    echo "${XDG_CACHE_HOME:-$HOME/.cache}/kube-proxy"
  fi
}

# Whether only root, or the caller, can have written what is in folder $2 of
# place $1, and whether it has the right sizes: a crash may have cut it.
# Gives 1 and says why when it is not to be trusted, 2 when it is not whole.
look_at() {
  [ -e "$2/kube-proxy" ] && [ -e "$2/kube-proxy.js" ] || return 2
  listing=$(LC_ALL=C ls -ldn -- "$1" "$2" "$2/kube-proxy" "$2/kube-proxy.js") ||
    return 2
  number=0 whole=0
  while read -r mode _ owner _ size _; do
    number=$((number + 1))
    case $number:$mode in
    [12]:d????[!w]??[!w]* | [34]:-????[!w]??[!w]*) ;;
    *)
      say "Cannot use $2: others than root may write there ($mode); remove it"
      return 1
      ;;
    esac
    if [ "$owner" != 0 ] && [ "$owner" != "$(id -u)" ]; then
      say "Cannot use $2: it belongs to user $owner and not to root; remove it"
      return 1
    fi
    case $number:$size in
    [12]:* | "3:$runtime_size" | "4:$program_size") ;;
    *) whole=2 ;;
    esac
  done <<LISTING
$listing
LISTING
  return "$whole"
}

# Unpacks the part of so many bytes ($2) that begins at byte $1 to file $3,
# and compares it with its SHA-256 ($4).
unpack_part() {
  tail -c "+$1" -- "$self" | head -c "$2" | gzip -dc >"$3" || return 1
  sum=$(sha256sum <"$3") || return 1
  [ "${sum%% *}" = "$4" ] && return 0
  echo "its content has been changed: SHA-256 is ${sum%% *}, not $4"
  return 1
}

# Unpacks into a new folder $1 and says what fails.
fill() {
  unpack_part "$runtime_at" "$runtime_packed" "$1/kube-proxy" "$runtime_sum" &&
    unpack_part "$program_at" "$program_packed" "$1/kube-proxy.js" \
      "$program_sum" &&
    chmod 0755 "$1" "$1/kube-proxy" && chmod 0644 "$1/kube-proxy.js" &&
    "$1/kube-proxy" --version >/dev/null &&
    { sync "$1/kube-proxy" "$1/kube-proxy.js" 2>/dev/null || sync; }
}

# Makes folder $2 of place $1 as a whole or not at all. Of two that start at
# once, the one that renames its folder first wins; both run what it made.
# What a crash has cut is made anew.
unpack() {
  mkdir -p -- "$1" && fresh=$(mktemp -d -- "$1/.new.XXXXXX") || return 1
  trap 'rm -rf -- "$fresh"' EXIT
  trap 'exit 1' HUP INT TERM
  if fill "$fresh"; then
    if [ -e "$2" ] && ! look_at "$1" "$2"; then rm -rf -- "${2:?}"; fi
    mv -T -- "$fresh" "$2" 2>/dev/null || [ -e "$2" ] || mv -- "$fresh" "$2"
  fi
  rm -rf -- "$fresh"
  trap - EXIT HUP INT TERM
  [ -e "$2" ]
}

start() {
  folder=$1
  shift
  # What a user may tell Deno by these is not for this program.
  unset DENO_AUDIT_PERMISSIONS DENO_CONDITIONS DENO_COVERAGE_DIR \
    DENO_INTERNAL_CHILD_ENTRYPOINT DENO_NODE_TRACE_EVENT_CATEGORIES \
    DENO_PERMISSION_BROKER_PATH DENO_SERVE_ADDRESS DENO_TRACE_PERMISSIONS \
    DENO_V8_FLAGS NODE_OPTIONS NODE_DEBUG OTEL_DENO
  # It caches nothing: there is nothing to fetch or to compile.
  export DENO_DIR=/dev/null DENO_NO_UPDATE_CHECK=1
  exec "$folder/kube-proxy" run @FLAGS@ "$folder/kube-proxy.js" "$@"
}

main() {
  self=$0
  if ! [ -f "$self" ] || ! [ -r "$self" ]; then
    say "Cannot start: \"$self\" is not this file; start it by its path"
    exit 1
  fi
  places=$(list_places)
  for place in $places; do
    look_at "$place" "$place/$hash"
    case $? in
    0) start "$place/$hash" "$@" ;;
    1) exit 1 ;;
    esac
  done
  reasons=
  for place in $places; do
    reason=$(umask 022 && unpack "$place" "$place/$hash" 2>&1)
    if look_at "$place" "$place/$hash"; then start "$place/$hash" "$@"; fi
    reasons="$reasons
  $place: ${reason:-it cannot be used}"
  done
  if [ "$(uname -m)" != '@ARCH@' ]; then
    say "Cannot start: it is for @ARCH@, and this machine is $(uname -m)"
    exit 1
  fi
  say "Cannot unpack itself anywhere:$reasons"
  say "It needs 110 MB where root can write and programs may run;" \
    "KUBE_PROXY_UNPACK_DIR names another folder."
  exit 1
}

main "$@"
# shellcheck disable=SC2317 # what follows is no text: never read on
exit 1
