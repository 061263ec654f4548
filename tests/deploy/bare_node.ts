/**
 * A node for tests of `install.sh`: a folder with busybox and recording
 * stand-ins for what else a node has, entered by chroot with namespaces of its
 * own, so that nothing of the machine is seen or changed.
 *
 * @module
 */
import { sha256 } from "../../deploy/build/portable.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Tools that the agent runs, and `install.sh` looks for. */
export const TOOLS: readonly string[] = [
  ...["ipvsadm", "ipset", "iptables-save", "conntrack"],
  ...["modprobe", "ip", "sysctl"],
];

const RECORD = `#!/bin/sh
echo "\${0##*/} $*" >>/calls
`;

/** A service manager that starts what is installed, and keeps its state. */
const SYSTEMCTL = `${RECORD}
program=/usr/local/bin/kube-proxy
case $1 in
show)
  case $3 in
  ActiveState) echo "ActiveState=$(cat /run/active 2>/dev/null)" ;;
  StatusText) echo "StatusText=$(cat /run/status 2>/dev/null)" ;;
  NRestarts) echo NRestarts=0 ;;
  esac ;;
restart)
  rm -f /run/active /run/status
  "$program" starts || exit 1
  echo active >/run/active
  "$program" status >/run/status ;;
disable | stop) rm -f /run/active /run/status ;;
daemon-reload) if [ -e /run/kill ]; then rm /run/kill; kill -TERM $PPID; fi ;;
esac
`;

/** A package manager that brings the tools. */
const MANAGER = `${RECORD}
case " $* " in *" install "* | *" -S "*)
  for tool in ${TOOLS.join(" ")}; do
    [ -e /usr/sbin/$tool ] || printf '#!/bin/sh\\n' >/usr/sbin/$tool
    chmod 755 /usr/sbin/$tool
  done ;;
esac
`;

/** A downloader that has what is in `/release`. */
const CURL = `${RECORD}
while [ $# -gt 2 ]; do [ "$1" = -o ] && into=$2; shift; done
name=\${2##*/}
case $2 in
http://mirror/*) [ -r "/release/$name" ] && cat "/release/$name" >"$into" ;;
*) echo "curl: (6) Could not resolve host" >&2; exit 6 ;;
esac || { echo "curl: (22) The requested URL returned error: 404" >&2; exit 22; }
`;

/** The seconds that the script counts pass fast; other times are real. */
const SLEEP = `#!/bin/sh
[ "$1" != 1 ] || set -- 0.02
exec /bin/busybox sleep "$@"
`;

/** How an executable of a test behaves. */
export interface TestVersion {
  /** Its version. */
  readonly version: string;
  /** What `check` ends with; default 0. */
  readonly check?: number;
  /** Whether the service comes up with it, or what that runs; default yes. */
  readonly starts?: boolean | string;
  /** What it tells systemd; default that it is in step. */
  readonly status?: string;
}

/** What a run of the script said. */
export interface Run {
  /** Its exit code. */
  readonly code: number;
  /** All that it printed. */
  readonly text: string;
}

/** A node that has nothing but busybox, systemd, and what a test gives it. */
export class BareNode implements AsyncDisposable {
  /** Folder that is its root. */
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  /** Makes a node; with its tools unless told otherwise. */
  static async create(
    { tools = TOOLS }: { readonly tools?: readonly string[] } = {},
  ): Promise<BareNode> {
    const node = new BareNode(await Deno.makeTempDir({ prefix: "bare-" }));
    for (
      const folder of [
        ...["bin", "usr/bin", "usr/sbin", "usr/local/bin", "etc/kubernetes"],
        ...["proc", "dev", "tmp", "run/systemd/system", "var/lib", "release"],
      ]
    ) await Deno.mkdir(`${node.root}/${folder}`, { recursive: true });
    await Deno.copyFile("/bin/busybox", `${node.root}/bin/busybox`);
    await node.write("/dev/null", ""); // a plain file is enough
    await node.write("/etc/kubernetes/kube-proxy.conf", "kind: Config\n");
    await node.sh(
      "/bin/busybox --install -s /bin && rm /bin/ip* " +
        "/bin/modprobe /bin/sysctl /bin/sh",
      "/bin/busybox sh",
    );
    await node.dash();
    await node.sh("rm /bin/sleep");
    await node.program("/bin/sleep", SLEEP);
    await node.program("/usr/bin/curl", CURL);
    await node.program("/usr/bin/systemctl", SYSTEMCTL);
    for (const tool of tools) await node.program(`/usr/sbin/${tool}`, RECORD);
    await Deno.copyFile(`${ROOT}install.sh`, `${node.root}/install.sh`);
    return node;
  }

  /** Writes a file of the node. */
  async write(path: string, text: string): Promise<void> {
    await Deno.writeTextFile(this.root + path, text);
  }

  /** Writes a program of the node. */
  async program(path: string, text: string): Promise<void> {
    await this.write(path, text);
    await Deno.chmod(this.root + path, 0o755);
  }

  /** Gives it Debian's shell, which knows no command but its own. */
  async dash(): Promise<void> {
    await this.bring("/bin/dash", "/bin/sh");
  }

  /** Gives it a program of this machine, with the libraries that it needs. */
  async bring(program: string, into = program): Promise<void> {
    const { stdout } = await new Deno.Command("ldd", { args: [program] })
      .output();
    const text = new TextDecoder().decode(stdout);
    for (const [path] of text.matchAll(/\/\S+/g)) {
      const folder = path.replace(/[^/]*$/, "");
      await Deno.mkdir(this.root + folder, { recursive: true });
      await Deno.copyFile(path, this.root + path);
    }
    await Deno.copyFile(program, this.root + into);
  }

  /** Gives it one of the package managers. */
  async manager(name: string): Promise<void> {
    await this.program(`/usr/bin/${name}`, MANAGER);
  }

  /** Puts the files of a release into `/release`. */
  async release(made: TestVersion): Promise<void> {
    const { version, check = 0, starts = true, status = "in step: 1" } = made;
    const files = new Map<string, string>();
    files.set(
      `kube-proxy-linux-${Deno.build.arch}`,
      `#!/bin/sh
case $1 in
--version) echo "kube-proxy ${version} (test)" ;;
check) echo "ok    this"; echo "fail  that: no ip_vs"; exit ${check} ;;
starts) ${starts} ;;
status) echo "${status}" ;;
cleanup) echo cleanup >>/calls ;;
esac
`,
    );
    files.set(
      "kube-proxy.service",
      await Deno.readTextFile(`${ROOT}kube-proxy.service`),
    );
    for (const name of ["modules", "tmpfiles", "network", "networkmanager"]) {
      const path = `${ROOT}deploy/node/kube-proxy.${name}`;
      files.set(`kube-proxy.${name}`, await Deno.readTextFile(path));
    }
    let sums = "";
    for (const [name, text] of files) {
      await this.write(`/release/${name}`, text);
      sums += `${sha256(text)}  ${name}\n`;
    }
    await this.write("/release/SHA256SUMS", sums);
  }

  /** Runs the script with these options; `before` prepares its namespace. */
  async install(options = "", before = ""): Promise<Run> {
    const base = options.includes("--base-url") ? "" : "--base-url=/release";
    return await this.sh(
      `sh /install.sh ${base} ${options}`,
      "/bin/sh",
      before,
    );
  }

  /** Runs a line of shell inside. */
  async sh(line: string, shell = "/bin/sh", before = ""): Promise<Run> {
    const { code, stdout, stderr } = await new Deno.Command("unshare", {
      args: [
        ...["--mount", "--pid", "--fork", "--kill-child", "sh", "-c"],
        `mount --bind "$0" "$0" && cd "$0" && mount -t proc proc proc && ${
          before || ":"
        } && ` +
        `exec chroot . /bin/busybox env -i PATH=/usr/bin:/bin HOME=/ ` +
        `${shell} ` +
        '-c "$1" 2>&1',
        ...[this.root, line],
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    const decoder = new TextDecoder();
    return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
  }

  /** What was called since the last time, one line each. */
  async takeCalls(): Promise<string[]> {
    const path = `${this.root}/calls`;
    const text = await Deno.readTextFile(path).catch(() => "");
    await Deno.remove(path).catch(() => {});
    return text.split("\n").filter((line) =>
      line !== "" && !line.startsWith("systemctl show") &&
      !line.startsWith("modprobe -q") && !line.startsWith("sysctl -n")
    );
  }

  /** All that the node has on its disk: path, mode, and content of files. */
  async tree(): Promise<string[]> {
    const found: string[] = [];
    const walk = async (folder: string): Promise<void> => {
      for await (const { name, isDirectory } of Deno.readDir(folder)) {
        const path = `${folder}/${name}`;
        const short = path.slice(this.root.length);
        if (
          /^\/(proc|calls|release|bin|dev|lib|lib64|run\/(active|status)$)/
            .test(short)
        ) {
          continue;
        }
        const { mode, isSymlink } = await Deno.lstat(path);
        const sum = isDirectory || isSymlink
          ? ""
          : sha256(await Deno.readFile(path)).slice(0, 12);
        found.push(`${short} ${mode?.toString(8)} ${sum}`);
        if (isDirectory) await walk(path);
      }
    };
    await walk(this.root);
    return found.sort();
  }

  /** Takes it away. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.root, { recursive: true });
  }
}
