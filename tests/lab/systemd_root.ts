/**
 * A small Debian with systemd and without any tool that the agent needs, as a
 * root for guests. The packages that bring the tools lie in it, as a mirror of
 * a closed site would have them.
 *
 * @module
 */
import { ensurePackages } from "./packages.ts";

const NEEDS = [
  { name: "debootstrap", files: ["/usr/sbin/debootstrap"] },
  { name: "ca-certificates", files: ["/etc/ssl/certs/ca-certificates.crt"] },
];

/** Kept between runs: making it takes about a minute. */
const FOLDER = "/var/cache/kube-proxy-lab";

const MAKE = `set -e
mkdir -p "$1" && cd "$1"
exec 9>lock && flock 9
[ ! -e systemd-root.ready ] || exit 0
rm -rf systemd-root
source=$(apt-cache policy | grep -o 'http[^ ]* bookworm/main' | head -n 1)
debootstrap --variant=minbase \\
  --include=systemd,systemd-sysv,dbus,wget bookworm systemd-root \\
  "\${source% *}" >debootstrap.log
mkdir -p systemd-root/mirror/partial
apt-get install -qq --download-only -y --no-install-recommends \\
  -o Dir::State::status="$1/systemd-root/var/lib/dpkg/status" \\
  -o Dir::Cache::archives="$1/systemd-root/mirror" \\
  -o APT::Sandbox::User=root \\
  ipvsadm ipset iptables conntrack kmod iproute2 procps
cd systemd-root/mirror
rmdir partial && rm -f lock
for file in *.deb; do
  dpkg-deb -f "$file"
  echo "Filename: ./$file"
  echo "Size: $(stat -c %s "$file")"
  echo "SHA256: $(sha256sum <"$file" | cut -d ' ' -f 1)"
  echo
done >Packages
cd ../..
echo 'deb [trusted=yes] file:/mirror ./' >systemd-root/etc/apt/sources.list
touch systemd-root.ready
`;

/**
 * Makes the root when it is not there yet; gives its path.
 *
 * @throws {Error} when it cannot be made, with what was said
 */
export async function ensureSystemdRoot(): Promise<string> {
  await ensurePackages(() => {}, NEEDS);
  const { code, stderr } = await new Deno.Command("sh", {
    args: ["-c", MAKE, "sh", FOLDER],
    env: { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (code === 0) return `${FOLDER}/systemd-root`;
  const said = new TextDecoder().decode(stderr);
  throw new Error(`Cannot make a root with systemd: ${said}`);
}
