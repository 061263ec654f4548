#!/bin/sh
# The guest's first process. The root is the host's own tree, read-only; an
# overlay in memory is laid over it, so that programs can write and nothing
# reaches the host. The kernel's command line gives lab=FOLDER, which holds
# the driver's bundle and the start script; for the stock kernel also where its
# modules are, the driver's console, which iptables it has, and how it ends.
set -e
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
fail() {
  echo "lab: cannot start: $*"
  busybox "${labend:-halt}" -f
}
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
release=$(uname -r)
modules=${labmodules:-/usr/lib/uml/modules}/$release
insmod "$modules/kernel/fs/overlayfs/overlay.ko" || fail "no overlay module in $modules"
mkdir /run/upper /run/work /run/root
mount -t overlay overlay -o lowerdir=/,upperdir=/run/upper,workdir=/run/work /run/root ||
  fail "no overlay over the host's tree"
cd /run/root
mkdir -p usr/lib/modules lab/bin mnt
rm -rf "usr/lib/modules/$release"
ln -s "$modules" "usr/lib/modules/$release"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t devtmpfs devtmpfs dev
# A host's device manager makes these; programs read lists from /dev/stdin.
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
mkdir -p dev/pts dev/shm
mount -t devpts devpts dev/pts
mount -t tmpfs tmpfs dev/shm
mount -t tmpfs tmpfs run
pivot_root . mnt
umount -l /mnt
# User Mode Linux has no nftables: the legacy tools under the plain names.
for tool in iptables ip6tables; do
  for suffix in "" -save -restore; do
    ln -s "/usr/sbin/$tool-${labtables:-legacy}$suffix" "/lab/bin/$tool$suffix"
  done
done
export PATH="/lab/bin:$PATH" HOME=/root TERM="${TERM:-dumb}"
ip link set lo up
if [ -n "$labserial" ]; then
  rm -f /dev/tty1
  ln -s "$labserial" /dev/tty1
fi
stty -F /dev/tty1 raw
set +e
# shellcheck disable=SC2154 # lab comes from the kernel's command line
sh "$lab/start.sh"
sync
busybox "${labend:-halt}" -f
