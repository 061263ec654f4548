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
lower=${labroot:-/}
mount -t overlay overlay -o "lowerdir=$lower,upperdir=/run/upper,workdir=/run/work" /run/root ||
  fail "no overlay over the host's tree"
cd /run/root
mkdir -p usr/lib/modules lab/bin mnt
rm -rf "usr/lib/modules/$release"
# shellcheck disable=SC2154 # from the command line, as lab below
if [ -n "$labroot" ]; then
  # What of the host's tree this root needs too.
  mkdir -p "usr/lib/modules/$release" ".$lab" ".$labshared"
  mount --bind "$modules" "usr/lib/modules/$release"
  mount --bind "$lab" ".$lab"
  mount --bind "$labshared" ".$labshared"
else
  ln -s "$modules" "usr/lib/modules/$release"
fi
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
if [ -n "$labroot" ]; then
  wants=/etc/systemd/system/multi-user.target.wants
  mkdir -p "$wants"
  cat >/etc/systemd/system/lab-driver.service <<UNIT
[Unit]
After=dbus.service
SuccessAction=poweroff-immediate
FailureAction=poweroff-immediate
[Service]
ExecStart=/bin/sh $lab/start.sh
StandardOutput=file:/dev/console
StandardError=file:/dev/console
UNIT
  ln -s ../lab-driver.service "$wants/"
  exec /lib/systemd/systemd
fi
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
