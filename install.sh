#!/bin/sh
# Installs a built executable and its systemd unit on this node:
#   sudo ./install.sh PATH-TO-EXECUTABLE
# It does not download anything, and does not start the service.
set -eu

fail() {
  echo "install.sh: $*" >&2
  exit 1
}

main() {
  [ $# -eq 1 ] || fail "usage: install.sh PATH-TO-EXECUTABLE"
  executable=$1
  here=$(dirname "$0")
  [ "$(id -u)" -eq 0 ] || fail "it must run as root"
  [ -f "$executable" ] || fail "no such file: $executable"
  [ -f "$here/kube-proxy.service" ] ||
    fail "kube-proxy.service is not beside install.sh"
  for tool in ipvsadm ipset iptables-save conntrack ip sysctl modprobe; do
    command -v "$tool" >/dev/null 2>&1 || missing="${missing:-}$tool "
  done
  [ -z "${missing:-}" ] ||
    fail "missing tools: ${missing}- install them first, on Debian by" \
      "apt-get install ipvsadm ipset iptables conntrack iproute2 procps kmod"
  install -m 0755 "$executable" /usr/local/bin/kube-proxy.new
  mv /usr/local/bin/kube-proxy.new /usr/local/bin/kube-proxy
  install -m 0644 "$here/kube-proxy.service" /etc/systemd/system/
  if command -v systemctl >/dev/null 2>&1; then systemctl daemon-reload; fi
  echo "Installed /usr/local/bin/kube-proxy and kube-proxy.service."
  echo "Next: put a kubeconfig at /etc/kubernetes/kube-proxy.conf, then"
  echo "  systemctl enable --now kube-proxy"
}

main "$@"
