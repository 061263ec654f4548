#!/bin/sh
# Installs kube-proxy (IPVS) and its service on this node, or a newer version
# over an older one, or takes it away:
#   curl -fsSL URL/install.sh | sudo sh
#   curl -fsSL URL/install.sh | sudo sh -s -- --dry-run
# Everything is in functions and starts in the last line, so that nothing
# happens when the download of this script is cut off.
# shellcheck disable=SC2317 # what only the trap calls is called
set -eu

releases=https://github.com/ipvs/kube-proxy/releases
# Public key of minisign for SHA256SUMS.minisig; empty: there is none yet.
minisign_key=${KUBE_PROXY_MINISIGN_KEY:-}

version='' base_url='' bin_dir='' action=install start=yes dry_run=''
unit=kube-proxy.service
state=/var/lib/kube-proxy/install
work='' fresh='' locked='' swapped='' unpacked='' started=''
# Space for the executable, the one before it, and what they unpack, in KiB.
space_needed=307200

usage() {
  cat <<'USAGE'
Usage: install.sh [options]
  --version=V      the release to install; default: the newest
  --base-url=URL   folder with the files of one release: a mirror, or a path
  --bin-dir=DIR    where the executable goes; default: /usr/local/bin
  --no-start       installs and does not start the service
  --uninstall      takes everything away again; the tools' packages stay
  --dry-run        says what it would do and changes nothing
  --help           prints this
It needs root. The API server's credentials are expected in
/etc/kubernetes/kube-proxy.conf, flags in /etc/default/kube-proxy.
USAGE
}

say() {
  echo "install.sh: $*"
}

fail() {
  echo "install.sh: $*" >&2
  exit 1
}

# Runs a command that changes the node, or says that it would.
change() {
  if [ -n "$dry_run" ]; then
    say "would run: $*"
  else
    "$@"
  fi
}

has() {
  command -v "$1" >/dev/null 2>&1
}

parse() {
  while [ $# -gt 0 ]; do
    case $1 in
    --version | --base-url | --bin-dir)
      [ $# -ge 2 ] || fail "Cannot use $1: it needs a value; nothing was done"
      option=$1 value=$2
      shift 2
      ;;
    --version=* | --base-url=* | --bin-dir=*)
      option=${1%%=*} value=${1#*=}
      shift
      ;;
    *)
      option=$1 value=''
      shift
      ;;
    esac
    case $option in
    --version) version=${value#v} ;;
    --base-url) base_url=${value%/} ;;
    --bin-dir) bin_dir=${value%/} ;;
    --no-start) start=no ;;
    --uninstall) action=uninstall ;;
    --dry-run) dry_run=yes ;;
    --help | -h)
      usage
      exit 0
      ;;
    *)
      usage >&2
      fail "Cannot use \"$option\": no such option; nothing was done"
      ;;
    esac
  done
  case $version in
  *[!0-9A-Za-z.+-]*) fail "Cannot use version \"$version\"" ;;
  esac
  case $bin_dir in
  '' | /*) ;;
  *) fail "Cannot use --bin-dir \"$bin_dir\": it must begin with /" ;;
  esac
  case $bin_dir in
  *[!0-9A-Za-z/._-]*) fail "Cannot use --bin-dir \"$bin_dir\"" ;;
  esac
}

# --- what the node is ---------------------------------------------------

find_architecture() {
  [ "$(uname -s)" = Linux ] || fail "Cannot install: this is not Linux"
  case $(uname -m) in
  x86_64 | amd64) architecture=x86_64 ;;
  aarch64 | arm64) architecture=aarch64 ;;
  *) fail "Cannot install: there is no build for $(uname -m), only for" \
    "x86_64 and aarch64" ;;
  esac
}

has_systemd() {
  [ -d /run/systemd/system ] && has systemctl
}

# Gives one property of the service.
property() {
  systemctl show -p "$1" "$unit" 2>/dev/null | sed 's/^[A-Za-z]*=//'
}

is_running() {
  [ "$(property ActiveState)" = active ]
}

is_in_step() {
  case $(property StatusText) in
  "in step"*) return 0 ;;
  *) return 1 ;;
  esac
}

# Gives the PID of a kube-proxy that is not of our service.
other_proxy() {
  for file in /proc/[0-9]*/comm; do
    [ "$(cat "$file" 2>/dev/null)" = kube-proxy ] || continue
    folder=${file%/comm}
    if [ -e "$state/before" ] && grep -q "/$unit\$" "$folder/cgroup"; then
      continue
    fi 2>/dev/null
    echo "${folder#/proc/}"
    return
  done
}

# Packages that bring the tools, by the distribution's names. Prints the names
# of those whose tool is missing.
missing_packages() {
  while read -r tool apt dnf zypper pacman; do
    has "$tool" && continue
    case $manager in
    dnf) echo "$dnf" ;;
    zypper) echo "$zypper" ;;
    pacman) echo "$pacman" ;;
    *) echo "$apt" ;;
    esac
  done <<'TOOLS'
ipvsadm       ipvsadm   ipvsadm         ipvsadm         ipvsadm
ipset         ipset     ipset           ipset           ipset
iptables-save iptables  iptables        iptables        iptables
conntrack     conntrack conntrack-tools conntrack-tools conntrack-tools
modprobe      kmod      kmod            kmod            kmod
ip            iproute2  iproute         iproute2        iproute2
sysctl        procps    procps-ng       procps          procps-ng
TOOLS
}

find_manager() {
  manager=none
  for name in apt-get dnf zypper pacman; do
    if has "$name"; then
      manager=${name%-get}
      return
    fi
  done
}

install_packages() {
  find_manager
  # shellcheck disable=SC2046 # one word each
  set -- $(missing_packages)
  [ $# -gt 0 ] || return 0
  say "packages: $*"
  case $manager in
  apt)
    change env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    change env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
      --no-install-recommends "$@"
    ;;
  dnf) change dnf install -y --setopt=install_weak_deps=False "$@" ;;
  zypper) change zypper --non-interactive install --no-recommends "$@" ;;
  pacman) change pacman -S --noconfirm --needed "$@" ;;
  *) fail "Cannot install what is missing: no apt, dnf, zypper or pacman is" \
    "here. Install these first (Debian's names): $*. Nothing was done" ;;
  esac || fail "Cannot install packages $*: $manager failed, see above." \
    "kube-proxy was not installed; what was there is as it was"
  [ -z "$dry_run" ] || return 0
  mkdir -p "$state"
  echo "$*" >>"$state/packages"
  left=$(missing_packages)
  [ -z "$left" ] || fail "Cannot go on: still missing after $manager: $left"
}

# --- files of a release -------------------------------------------------

# Gets file $1 of the release to path $2; says nothing when it is not there.
get() {
  case $base_url in
  /* | ./* | ../*)
    [ -r "$base_url/$1" ] && cp -- "$base_url/$1" "$2"
    return
    ;;
  esac
  if has curl; then
    curl -fsSL --retry 2 --connect-timeout 15 -o "$2" "$base_url/$1"
  elif has wget; then
    wget -q -T 15 -O "$2" "$base_url/$1"
  else
    fail "Cannot download: neither curl nor wget is here"
  fi
}

must_get() {
  get "$1" "$2" 2>"$work/error" || fail "Cannot get $1 from $base_url:" \
    "$(tail -n 1 "$work/error"). Nothing was changed"
  sum=$(sha256sum <"$2")
  grep -q "^${sum%% *} [ *]$1\$" "$work/SHA256SUMS" ||
    fail "Cannot use $1 from $base_url: its SHA-256 is ${sum%% *}, which is" \
      "not what SHA256SUMS says. Nothing was changed"
}

check_signature() {
  if get SHA256SUMS.minisig "$work/SHA256SUMS.minisig" 2>/dev/null &&
    has minisign && [ -n "$minisign_key" ]; then
    minisign -Vqm "$work/SHA256SUMS" -P "$minisign_key" ||
      fail "Cannot trust $base_url: the signature of SHA256SUMS is wrong." \
        "Nothing was changed"
    say "signature: right (minisign)"
    return
  fi
  [ -z "${KUBE_PROXY_MINISIGN_KEY:-}" ] ||
    fail "Cannot check the signature that KUBE_PROXY_MINISIGN_KEY asks for:" \
      "minisign or SHA256SUMS.minisig is missing. Nothing was changed"
  if get SHA256SUMS.sigstore.json "$work/bundle.json" 2>/dev/null &&
    has cosign; then
    cosign verify-blob --bundle "$work/bundle.json" \
      --certificate-oidc-issuer https://token.actions.githubusercontent.com \
      --certificate-identity-regexp \
      "^${releases%/releases}/\\.github/workflows/release\\.yml@refs/tags/v" \
      "$work/SHA256SUMS" >/dev/null 2>"$work/error" ||
      fail "Cannot trust $base_url: the signature of SHA256SUMS is wrong:" \
        "$(tail -n 1 "$work/error"). Nothing was changed"
    say "signature: right (cosign)"
    return
  fi
  say "signature: not looked at (no signature, or no minisign or cosign here)"
}

fetch() {
  if [ -z "$base_url" ]; then
    base_url=$releases/latest/download
    [ -z "$version" ] || base_url=$releases/download/v$version
  fi
  say "from $base_url"
  get SHA256SUMS "$work/SHA256SUMS" 2>"$work/error" ||
    fail "Cannot get SHA256SUMS from $base_url:" \
      "$(tail -n 1 "$work/error"). Nothing was changed"
  check_signature
  must_get "kube-proxy-linux-$architecture" "$fresh"
  for name in service modules tmpfiles network networkmanager; do
    must_get "kube-proxy.$name" "$work/kube-proxy.$name"
  done
  chmod 0755 "$fresh"
  sed -i "s|/usr/local/bin/kube-proxy|$bin_dir/kube-proxy|" \
    "$work/kube-proxy.service"
}

# --- places on the node -------------------------------------------------

# Prints what is installed where: name in the release, path.
targets() {
  echo "service /etc/systemd/system/$unit"
  echo "modules /etc/modules-load.d/kube-proxy.conf"
  echo "tmpfiles /etc/tmpfiles.d/kube-proxy.conf"
  echo "network /etc/systemd/network/10-kube-proxy.network"
  if [ -d /etc/NetworkManager ]; then
    echo "networkmanager /etc/NetworkManager/conf.d/kube-proxy.conf"
  fi
  # The executable is last: with it the new version is there.
  echo "executable $bin_dir/kube-proxy"
}

check_bin_dir() {
  kept=$(cat "$state/bin-dir" 2>/dev/null || :)
  bin_dir=${bin_dir:-${kept:-/usr/local/bin}}
  if [ -n "$kept" ] && [ "$kept" != "$bin_dir" ]; then
    fail "Cannot install to $bin_dir: it is installed in $kept. Run this" \
      "with --uninstall first, or with --bin-dir=$kept"
  fi
}

# Makes the place for the new executable, beside the one that it replaces.
make_room() {
  mkdir -p -- "$bin_dir" 2>/dev/null || :
  fresh=$(mktemp "$bin_dir/.kube-proxy.XXXXXX" 2>/dev/null) ||
    fail "Cannot write to $bin_dir: it is read-only or full. Name another" \
      "folder by --bin-dir=DIR. Nothing was changed"
  free=$(df -Pk "$bin_dir" 2>/dev/null | awk 'NR == 2 { print $4 }')
  free=${free:-$space_needed}
  [ "$free" -ge "$space_needed" ] ||
    fail "Cannot install: $bin_dir has $((free / 1024)) MB free, and" \
      "$((space_needed / 1024)) MB are needed. Nothing was changed"
}

# Copies all that would be replaced into folder $1, as a whole or not at all.
snapshot() {
  rm -rf -- "$1.new"
  mkdir -p -- "$1.new"
  targets | while read -r name path; do
    if [ -e "$path" ]; then cp -p -- "$path" "$1.new/$name"; fi
  done
  rm -rf -- "$1"
  mv -- "$1.new" "$1"
}

# Puts file $1 to path $2 at once: a reader sees the old one or the new one.
put() {
  mkdir -p -- "$(dirname "$2")"
  cp -p -- "$1" "$2.new"
  mv -f -- "$2.new" "$2"
}

# Puts back what snapshot $1 has; what it has not was not there.
restore() {
  targets | while read -r name path; do
    if [ -e "$1/$name" ]; then
      put "$1/$name" "$path"
    else
      rm -f -- "$path" "$path.new"
    fi
  done
}

# Names of the folders that self-extracting executables unpack to.
contents() {
  for file in "$bin_dir/kube-proxy" "$state/previous/executable"; do
    [ ! -e "$file" ] || head -n 5 "$file" | sed -n 's/^# content \([0-9a-f]*\)$/\1/p'
  done
}

# Takes away what versions have unpacked that are neither in use nor kept.
prune() {
  [ -n "$unpacked" ] || return 0
  keep=" $(contents | tr '\n' ' ')"
  for folder in /usr/local/lib/kube-proxy/* /var/lib/kube-proxy/exe/*; do
    [ -d "$folder" ] || continue
    case $keep in
    *" ${folder##*/} "*) ;;
    *) rm -rf -- "$folder" ;;
    esac
  done
  rmdir /usr/local/lib/kube-proxy /var/lib/kube-proxy/exe 2>/dev/null || :
  rmdir "$state" /var/lib/kube-proxy 2>/dev/null || :
}

# Kernel settings that are only this program's business. Forwarding and bridges
# are left out: by now others on the node may need them as they are.
list_sysctls() {
  cat <<'NAMES'
net.ipv4.conf.all.arp_ignore
net.ipv4.conf.all.arp_announce
net.ipv4.icmp_ratemask
net.ipv6.icmp.ratemask
net.ipv4.vs.conntrack
net.ipv4.vs.conn_reuse_mode
net.ipv4.vs.expire_nodest_conn
net.ipv4.vs.expire_quiescent_template
net.netfilter.nf_conntrack_buckets
net.netfilter.nf_conntrack_max
net.netfilter.nf_conntrack_tcp_timeout_established
net.netfilter.nf_conntrack_tcp_timeout_close_wait
net.netfilter.nf_conntrack_udp_timeout
net.netfilter.nf_conntrack_udp_timeout_stream
net.netfilter.nf_conntrack_tcp_be_liberal
NAMES
}

# Writes "name value" of each to file $1.
save_sysctls() {
  list_sysctls | while read -r name; do
    value=$(sysctl -n "$name" 2>/dev/null) || continue
    echo "$name $value"
  done >"$1"
}

# Puts back what starting the service has changed and nobody else since.
restore_sysctls() {
  [ -e "$state/sysctls.before" ] && [ -e "$state/sysctls.after" ] || return 0
  while read -r name value; do
    ours=$(sed -n "s/^$name //p" "$state/sysctls.after")
    now=$(sysctl -n "$name" 2>/dev/null) || continue
    if [ "$ours" != "$value" ] && [ "$now" = "$ours" ]; then
      sysctl -q -w "$name=$value" || say "$name stays $now" >&2
    fi
  done <"$state/sysctls.before"
}

# --- the service --------------------------------------------------------

reload() {
  has_systemd || return 0
  systemctl daemon-reload
  # They are told to leave the device alone before it is there.
  if has nmcli; then nmcli general reload conf >/dev/null 2>&1 || :; fi
  if has networkctl; then networkctl reload >/dev/null 2>&1 || :; fi
}

# Waits until the service is up, and in step where it has been before.
comes_up() {
  restarts=$(property NRestarts)
  seconds=0
  while [ "$seconds" -lt "${KUBE_PROXY_WAIT:-60}" ]; do
    sleep 1
    seconds=$((seconds + 1))
    is_running || return 1
    [ "$(property NRestarts)" = "$restarts" ] || return 1
    if is_in_step; then return 0; fi
    # A first start may wait for its API server; it is up when it stays.
    if [ "$was_in_step" = no ] && [ "$seconds" -ge 5 ]; then return 0; fi
  done
  return 1
}

show_why() {
  say "what it said last:" >&2
  if has journalctl; then
    journalctl -u "$unit" -n 15 -o cat --no-pager >&2 || :
  fi
}

# Takes back what a first version has made in the kernel before it failed, but
# not what was on the record before it: that serves.
undo_first_start() {
  [ -n "$started" ] || return 0
  systemctl stop "$unit" >/dev/null 2>&1 || :
  save_sysctls "$state/sysctls.after"
  restore_sysctls
  [ "$had_record" = no ] && [ -e /run/kube-proxy ] || return 0
  "$bin_dir/kube-proxy" cleanup >"$work/cleanup" 2>&1 || {
    cat "$work/cleanup" >&2
    say "what it made in the kernel stays until the next boot, see above" >&2
    return 0
  }
  rm -rf -- /run/kube-proxy
}

# Goes back to what was there before the swap.
roll_back() {
  swapped=''
  if [ "$is_first" = yes ]; then undo_first_start; fi
  restore "$state/previous" ||
    say "Cannot put back all of $state/previous: do it by hand" >&2
  reload || :
  if [ "$was_running" = yes ]; then
    systemctl restart "$unit" || :
  elif has_systemd; then
    systemctl disable "$unit" >/dev/null 2>&1 || :
    systemctl stop "$unit" >/dev/null 2>&1 || :
    systemctl reset-failed "$unit" >/dev/null 2>&1 || :
  fi
  if [ "$is_first" = yes ]; then
    rm -rf -- "$state/previous" "$state/before" "$state/bin-dir" \
      "$state/sysctls.before" "$state/sysctls.after"
    [ -z "$started" ] || rm -f -- /var/lib/kube-proxy/snapshot \
      /var/lib/kube-proxy/snapshot.new
  fi
}

start_service() {
  has_systemd || {
    say "no systemd here: start $bin_dir/kube-proxy run --kubeconfig=FILE" \
      "by your own means"
    return 0
  }
  if [ "$start" = no ]; then
    say "not started; next: systemctl enable --now kube-proxy"
    return 0
  fi
  if [ ! -e /etc/kubernetes/kube-proxy.conf ] && [ ! -e /etc/default/kube-proxy ]; then
    say "not started: there is no /etc/kubernetes/kube-proxy.conf. Put a" \
      "kubeconfig there, then: systemctl enable --now kube-proxy"
    return 0
  fi
  say "starting the service"
  [ -e "$state/sysctls.before" ] || save_sysctls "$state/sysctls.before"
  systemctl enable "$unit" >/dev/null 2>&1 || :
  started=yes
  if systemctl restart "$unit" && comes_up; then
    save_sysctls "$state/sysctls.after"
    say "running: $(property StatusText)"
    return 0
  fi
  show_why
  [ -n "$swapped" ] || fail "Cannot start the service; it is left as it is"
  roll_back
  if [ "$was_running" = yes ]; then
    fail "Cannot run the new version; the one before runs again. Traffic was" \
      "not touched"
  fi
  fail "Cannot run it on this node; it was taken away again. Its log is above"
}

# --- the two actions ----------------------------------------------------

# Ends what is half done, whatever ended this script.
clean_up() {
  code=$?
  trap - EXIT HUP INT TERM
  if [ -n "$swapped" ]; then roll_back; fi
  prune
  [ -z "$work" ] || rm -rf -- "$work"
  [ -z "$fresh" ] || rm -f -- "$fresh"
  [ -z "$locked" ] || rm -rf -- "$locked"
  exit "$code"
}

take_lock() {
  lock=/run/kube-proxy-install.lock
  if ! mkdir -- "$lock" 2>/dev/null; then
    holder=$(cat "$lock/pid" 2>/dev/null || :)
    if [ -n "$holder" ] && [ -d "/proc/$holder" ]; then
      fail "Cannot start: another install.sh works here (PID $holder)"
    fi
    mkdir -p -- "$lock" || fail "Cannot write to /run. Nothing was changed"
  fi
  locked=$lock
  echo "$$" >"$lock/pid"
}

check_node() {
  say "kube-proxy check:"
  "$fresh" check >"$work/check" 2>&1 || {
    grep -v '^ok ' "$work/check" >&2 || :
    fail "Cannot run on this node, see above. kube-proxy was not installed"
  }
  tail -n 1 "$work/check"
}

load_modules() {
  # The service does it at each start; here it shows what the kernel lacks.
  grep -v '^#' "$work/kube-proxy.modules" | while read -r name; do
    modprobe -q "$name" 2>/dev/null || :
  done
}

is_same() {
  differences=$(targets | while read -r name path; do
    file=$work/kube-proxy.$name
    if [ "$name" = executable ]; then file=$fresh; fi
    cmp -s "$file" "$path" || echo "$name"
  done)
  [ -z "$differences" ]
}

swap() {
  mkdir -p "$state"
  echo "$bin_dir" >"$state/bin-dir"
  snapshot "$state/previous"
  [ -e "$state/before" ] || cp -pR "$state/previous" "$state/before"
  swapped=yes
  targets | while read -r name path; do
    if [ "$name" = executable ]; then
      mv -f -- "$fresh" "$path"
    else
      chmod 0644 "$work/kube-proxy.$name"
      put "$work/kube-proxy.$name" "$path"
    fi
  done
}

install_node() {
  find_architecture
  check_bin_dir
  was_running=no was_in_step=no is_first=yes had_record=no
  if [ -e /run/kube-proxy ]; then had_record=yes; fi
  if [ -e "$state/before" ]; then is_first=no; fi
  if has_systemd; then
    if is_running; then was_running=yes; fi
    if is_in_step; then was_in_step=yes; fi
  fi
  other=$(other_proxy)
  if [ -n "$other" ] && [ "$start" = yes ]; then
    fail "Cannot start beside another kube-proxy (PID $other): two undo each" \
      "other's work. docs/migrate.md tells how to move over; --no-start" \
      "installs without starting. Nothing was changed"
  fi
  if [ -n "$dry_run" ]; then
    say "would install for $architecture to $bin_dir:"
    targets
    install_packages
    say "would start $unit: $start"
    return
  fi
  take_lock
  work=$(mktemp -d) || fail "Cannot make a temporary folder. Nothing was changed"
  make_room
  fetch
  unpacked=yes
  new_version=$("$fresh" --version 2>"$work/error") ||
    fail "Cannot run the executable: $(tail -n 1 "$work/error")." \
      "Nothing was changed"
  case $new_version in
  "kube-proxy ${version:-}"*) ;;
  *) fail "Cannot use $base_url: it has $new_version, not $version" ;;
  esac
  say "$new_version"
  install_packages
  load_modules
  check_node
  if is_same; then
    say "this version is installed already"
  else
    swap
    reload
    say "installed $bin_dir/kube-proxy"
  fi
  if [ "$was_in_step" = no ] || [ -n "$swapped" ]; then start_service; fi
  swapped=''
}

uninstall_node() {
  check_bin_dir
  [ -e "$state/before" ] || fail "Cannot uninstall: it is not installed by this"
  say "takes away kube-proxy from $bin_dir"
  if [ -n "$dry_run" ]; then
    targets
    return
  fi
  take_lock
  if has_systemd; then
    systemctl disable --now "$unit" >/dev/null 2>&1 || :
  fi
  if "$bin_dir/kube-proxy" cleanup; then
    say "virtual servers, sets, rules and addresses are gone"
  else
    say "what it made in the kernel stays until the next boot, see above" >&2
  fi
  restore_sysctls
  restore "$state/before"
  packages=$(cat "$state/packages" 2>/dev/null || :)
  rm -rf -- "$state" /usr/local/lib/kube-proxy /var/lib/kube-proxy/exe \
    /var/lib/kube-proxy/snapshot /var/lib/kube-proxy/snapshot.new \
    /run/kube-proxy
  rmdir /var/lib/kube-proxy 2>/dev/null || :
  reload
  if has_systemd; then
    systemctl reset-failed "$unit" >/dev/null 2>&1 || :
  fi
  [ -z "$packages" ] || say "packages that were installed for it stay: $packages"
  say "gone"
}

main() {
  PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
  parse "$@"
  [ "$(id -u)" -eq 0 ] || fail "Cannot install: it needs root; use sudo"
  trap clean_up EXIT
  trap 'exit 1' HUP INT TERM
  case $action in
  install) install_node ;;
  *) uninstall_node ;;
  esac
}

{ main "$@"; exit; }
