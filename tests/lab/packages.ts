/**
 * What the lab needs from the machine, and how to get it.
 *
 * @module
 */

/** A Debian package and how it is known to be there. */
export interface Need {
  /** The package's name. */
  readonly name: string;
  /** Files that it brings. */
  readonly files: readonly string[];
  /** A command that succeeds only with it. */
  readonly check?: readonly [program: string, ...parameters: string[]];
}

const NEEDS: readonly Need[] = [
  { name: "user-mode-linux", files: ["/usr/bin/linux.uml"] },
  { name: "kmod", files: ["/sbin/insmod", "/sbin/modprobe"] },
  { name: "iproute2", files: ["/sbin/ip", "/bin/ss"] },
  { name: "ipvsadm", files: ["/sbin/ipvsadm"] },
  { name: "ipset", files: ["/sbin/ipset"] },
  { name: "iptables", files: ["/usr/sbin/iptables-legacy-restore"] },
  { name: "conntrack", files: ["/usr/sbin/conntrack"] },
  { name: "procps", files: ["/sbin/sysctl"] },
  { name: "socat", files: ["/usr/bin/socat"] },
  { name: "busybox-static", files: ["/bin/busybox"] },
  {
    name: "python3",
    files: ["/usr/bin/python3"],
    // The minimal package has no ctypes.
    check: ["/usr/bin/python3", "-S", "-E", "-c", "import ctypes"],
  },
];

/**
 * Makes sure that the lab can start here; as root on Debian it installs what
 * is missing.
 *
 * @throws {Error} when something is missing, with what to do
 */
export async function ensurePackages(
  say: (line: string) => void,
  extra: readonly Need[] = [],
): Promise<void> {
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") {
    throw new Error(
      "Cannot start the lab: it runs User Mode Linux, which needs Linux on x86_64",
    );
  }
  const missing = await missingPackages([...NEEDS, ...extra]);
  if (missing.length === 0) return;
  const names = missing.join(" ");
  const command = `apt-get install -y --no-install-recommends ${names}`;
  if (Deno.uid() !== 0 || !await exists("/etc/debian_version")) {
    throw new Error(
      `Cannot start the lab: missing ${names}. On Debian, as root: ${command}`,
    );
  }
  say(`installing ${names}`);
  await apt(["update", "-qq"]);
  await apt(["install", "-y", "-qq", "--no-install-recommends", ...missing]);
  const left = await missingPackages([...NEEDS, ...extra]);
  if (left.length > 0) {
    throw new Error(
      `Cannot start the lab: ${left.join(" ")} still missing after ${command}`,
    );
  }
}

async function missingPackages(needs: readonly Need[]): Promise<string[]> {
  const missing: string[] = [];
  for (const { name, files, check } of needs) {
    const there = await Promise.all(files.map(exists));
    const whole = there.every((present) => present);
    if (!whole || check && !await succeeds(check)) missing.push(name);
  }
  return missing;
}

async function succeeds(argv: readonly string[]): Promise<boolean> {
  const [program = "", ...parameters] = argv;
  const { success } = await new Deno.Command(program, {
    args: parameters,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}

/** One at a time: tests of several files may ask at once. */
const LOCK = "/tmp/kube-proxy-lab-packages.lock";

async function apt(parameters: readonly string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command("flock", {
    args: [LOCK, "apt-get", ...parameters],
    env: { DEBIAN_FRONTEND: "noninteractive" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (code === 0) return;
  const said = new TextDecoder().decode(stderr);
  throw new Error(`Cannot run apt-get ${parameters.join(" ")}: ${said}`);
}
