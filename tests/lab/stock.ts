/**
 * Debian's stock kernel under QEMU's emulation, where User Mode Linux lacks
 * what a test needs: it has nf_tables. It shows the host's own tree as User
 * Mode Linux does, and is several times slower.
 *
 * @module
 */

/** A command that boots a guest. */
export interface BootCommand {
  /** The program. */
  readonly program: string;
  /** Its parameters. */
  readonly parameters: readonly string[];
}

/** What the stock kernel needs beside the lab's own packages. */
export const STOCK_NEEDS = [
  { name: "qemu-system-x86", files: ["/usr/bin/qemu-system-x86_64"] },
] as const;

/** Where the kernel is unpacked; nothing of it is installed. */
const FOLDER = "/var/cache/kube-proxy-lab";
/** What the root needs before it can be mounted. */
const ROOT_MODULES = "virtio_pci 9pnet_virtio 9p";

/**
 * Downloads and unpacks the kernel, and makes an initial file system that
 * mounts the host's tree. Prints the folder, and the release.
 */
const PREPARE = `set -e
mkdir -p "$1" && cd "$1"
exec 9>lock && flock 9
package=$(apt-cache depends linux-image-amd64 |
  awk '/Depends: linux-image/ { print $2; exit }')
release=\${package#linux-image-}
if [ ! -e "$release/ready" ]; then
  rm -rf "$release" && mkdir "$release" && cd "$release"
  apt-get download -qq -o APT::Sandbox::User=root "$package"
  dpkg -x ./*.deb kernel && rm ./*.deb
  depmod -b kernel "$release"
  mkdir -p root/bin root/modules root/proc root/dev root/host
  cp /bin/busybox root/bin/busybox
  index=10
  modprobe -d kernel -S "$release" --show-depends -a ${ROOT_MODULES} |
    awk '$1 == "insmod" && !seen[$2]++ { print $2 }' |
    while read -r file; do
      cp "$file" "root/modules/$index.ko"; index=$((index + 1))
    done
  printf '%s\\n' '#!/bin/busybox sh' \\
    'b=/bin/busybox; $b mount -t proc proc /proc' \\
    'for m in /modules/*.ko; do $b insmod "$m" || exit 1; done' \\
    '$b mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=262144,cache=loose lab /host' \\
    '$b umount /proc; exec $b switch_root /host "$labinit"' > root/init
  chmod +x root/init
  (cd root && find . | busybox cpio -o -H newc 2>/dev/null) > initramfs
  touch ready
fi
echo "$1/$release"
echo "$release"`;

/** Two processors that take what time they take. */
const PARALLEL = ["-accel", "tcg,thread=multi", "-smp", "2"];
/**
 * One processor at 250 million instructions a second of its own clock: what it
 * measures does not depend on the machine, or on what else runs there.
 */
const COUNTED = [
  ...["-accel", "tcg,thread=single", "-smp", "1"],
  ...["-icount", "shift=2,sleep=on"],
];

/**
 * The command that boots the stock kernel.
 *
 * @throws {Error} when its package cannot be had, with what was said
 */
export async function stockCommand(
  { init, lab, memoryMb, isCounted }: {
    readonly init: string;
    readonly lab: string;
    readonly memoryMb: number;
    /** Whether its clock counts instructions. */
    readonly isCounted: boolean;
  },
): Promise<BootCommand> {
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", PREPARE, "sh", FOLDER],
    stdin: "null",
  }).output();
  if (code !== 0) {
    const said = new TextDecoder().decode(stderr);
    throw new Error(`Cannot unpack the stock kernel: ${said}`);
  }
  const [folder = "", release = ""] = new TextDecoder().decode(stdout)
    .split("\n");
  const append = [
    "console=ttyS0 quiet loglevel=3 panic=-1",
    `labinit=${init} lab=${lab} labmodules=${folder}/kernel/lib/modules`,
    "labtables=nft labend=poweroff labserial=ttyS1",
  ].join(" ");
  const export9p = "local,path=/,mount_tag=lab,security_model=none," +
    "readonly=on,multidevs=remap";
  return {
    program: "qemu-system-x86_64",
    parameters: [
      ...["-machine", "pc", "-cpu", "max", "-m", `${memoryMb}`],
      ...(isCounted ? COUNTED : PARALLEL),
      ...["-display", "none"],
      ...["-nodefaults", "-no-user-config", "-no-reboot"],
      ...["-kernel", `${folder}/kernel/boot/vmlinuz-${release}`],
      ...["-initrd", `${folder}/initramfs`, "-append", append],
      ...["-virtfs", export9p],
      ...["-chardev", "file,id=console,path=/dev/fd/1"],
      ...["-serial", "chardev:console"],
      ...["-chardev", "file,id=driver,path=/dev/fd/2"],
      ...["-serial", "chardev:driver"],
    ],
  };
}
