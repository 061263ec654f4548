import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CommandError } from "../../mod/apply/mod.ts";
import type { Surroundings } from "../../mod/cli/command.ts";
import { runCommand } from "../../mod/cli/commands.ts";
import { PrerequisiteError } from "../../mod/cli/exit_code.ts";
import type { Settings } from "../../mod/cli/settings_types.ts";
import { NOWHERE } from "./surroundings.ts";
import { lacks } from "../support/permission.ts";

const NOTHING = { permissions: "none" } as const;
const WITH_YAML = {
  ignore: lacks("runCommand() with a file", {
    name: "env",
    variable: "LOG_TOKENS",
  }),
};
const HEAD = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\n" +
  "kind: KubeProxyConfiguration\n";

interface Seen {
  code: number;
  out: string[];
  err: string[];
  ran: Settings[];
  checked: Settings[];
  written: [path: string, text: string][];
}

async function call(
  args: readonly string[],
  changes: Partial<Surroundings> = {},
): Promise<Seen> {
  const seen: Seen = {
    ...{ code: -1, out: [], err: [], ran: [], checked: [], written: [] },
  };
  seen.code = await runCommand(args, {
    print: (line) => seen.out.push(line),
    complain: (line) => seen.err.push(line),
    ...NOWHERE,
    readFile: (path) => Promise.reject(new Error(`${path} is not there`)),
    writeFile: (path, text) => {
      seen.written.push([path, text]);
      return Promise.resolve();
    },
    run: (settings) => {
      seen.ran.push(settings);
      return Promise.resolve(0);
    },
    check: (settings) => {
      seen.checked.push(settings);
      return Promise.resolve(3);
    },
    ...changes,
  });
  return seen;
}

Deno.test(
  "run --write-config-to writes the configuration that holds, and runs nothing",
  WITH_YAML,
  async () => {
    const args = ["--ipvs-scheduler=sh", "--nodeport-addresses=10.0.0.0/8"];
    const { code, written, ran } = await call([
      "run",
      ...args,
      "--write-config-to=/f",
    ]);
    assertEquals({ code, ran }, { code: 0, ran: [] });
    const [path, text = ""] = written[0] ?? [];
    assertEquals(path, "/f");
    const again = await call(["run", "--config=/f"], {
      readFile: () => Promise.resolve(text),
    });
    const given = await call(["run", ...args]);
    assertEquals(again.ran[0]?.values, given.ran[0]?.values);
    assertEquals(again.ran[0]?.warnings, []);
    const { out } = await call(["run", "--write-config-to=-"]);
    assertStringIncludes(out.join("\n"), "kind: KubeProxyConfiguration");
  },
);

for (const args of [["--version"], ["version"]]) {
  Deno.test(
    `kube-proxy ${args.join(" ")} prints the version`,
    NOTHING,
    async () => {
      const { code, out } = await call(args);
      assertEquals(code, 0);
      assert(
        /^kube-proxy \d+\.\d+\.\d+ \(commit source; ipvs; Deno /.test(
          out[0] ?? "",
        ),
      );
    },
  );
}

for (
  const [args, text] of [
    [[], "kube-proxy config check FILE"],
    [["--help"], "Exit codes:"],
    [["-h"], "Exit codes:"],
    [["help"], "Exit codes:"],
    [["help", "run"], "--ipvs-scheduler"],
    [["run", "--help"], "Examples:"],
    [["--config=F", "--help"], "--ipvs-scheduler"],
    [["check", "--help"], "changes nothing"],
    [["config", "--help"], "Exit code 2"],
    [["version", "-h"], "--version"],
  ] as const
) {
  Deno.test(`kube-proxy ${args.join(" ")} prints help`, NOTHING, async () => {
    const { code, out, ran } = await call(args);
    assertEquals([code, ran.length], [0, 0]);
    assertStringIncludes(out.join("\n"), text);
  });
}

Deno.test(
  "kube-proxy with flags alone runs, as kube-proxy does",
  NOTHING,
  async () => {
    const { code, ran } = await call(["--ipvs-scheduler=sh"]);
    assertEquals([code, ran[0]?.scheduler], [0, "sh"]);
  },
);

Deno.test("kube-proxy run and check read the same flags", NOTHING, async () => {
  assertEquals((await call(["run", "-v=3"])).ran[0]?.verbosity, 3);
  const { code, checked } = await call(["check", "--ipvs-scheduler=mh"]);
  assertEquals([code, checked[0]?.scheduler], [3, "mh"]);
});

Deno.test(
  "kube-proxy check takes -o beside the flags of run",
  NOTHING,
  async () => {
    const forms: string[] = [];
    const look = async (...args: string[]): Promise<Seen> =>
      await call(["check", ...args], {
        check: (settings, line) => {
          forms.push(`${settings.scheduler} ${line.text("output")}`);
          return Promise.resolve(0);
        },
      });
    await look("-o", "json", "--ipvs-scheduler=mh");
    await look("--ipvs-scheduler", "lc", "--output=yaml");
    await look("-o=table");
    assertEquals(forms, ["mh json", "lc yaml", "rr table"]);
    assertEquals((await look("-o", "xml")).err, [
      'Cannot use flag --output="xml": allowed is one of table, json, yaml',
    ]);
    assertEquals((await look("-o")).code, 2);
  },
);

Deno.test(
  "kube-proxy help names no command that is not there",
  NOTHING,
  async () => {
    for (const args of [["help", "chekc"], ["chekc", "--help"]]) {
      const { code, err } = await call(args);
      assertEquals([code, err], [2, [
        'Cannot help with "chekc": no such command; did you mean check?',
      ]]);
    }
  },
);

Deno.test(
  "kube-proxy refuses an unknown command and names the nearest",
  NOTHING,
  async () => {
    const { code, err } = await call(["rnu"]);
    assertEquals(code, 2);
    assertEquals(err, ['Cannot run "rnu": no such command; did you mean run?']);
  },
);

Deno.test(
  "kube-proxy ends with 2 for wrong flags, each on a line",
  NOTHING,
  async () => {
    const { code, err, ran } = await call(["run", "--nope", "--worse"]);
    assertEquals([code, err.length, ran.length], [2, 2, 0]);
  },
);

Deno.test(
  "kube-proxy ends with 2 when the file cannot be read",
  NOTHING,
  async () => {
    const { code, err } = await call(["--config=F"]);
    assertEquals(code, 2);
    assertEquals(err, ["Cannot read F: F is not there"]);
  },
);

Deno.test(
  "kube-proxy ends with 3 when something is missing, 1 when it fails",
  NOTHING,
  async () => {
    const missing = await call(["run"], {
      run: () => Promise.reject(new PrerequisiteError(["a", "b"])),
    });
    assertEquals([missing.code, missing.err], [3, ["a", "b"]]);
    const failed = await call(["run"], {
      run: () => Promise.reject(new Error("Cannot go on")),
    });
    assertEquals([failed.code, failed.err], [1, ["Cannot go on"]]);
  },
);

Deno.test("kube-proxy --config reads the file", WITH_YAML, async () => {
  const { code, ran } = await call(["--config=F"], {
    readFile: () => Promise.resolve(`${HEAD}ipvs: {scheduler: lc}\n`),
  });
  assertEquals([code, ran[0]?.scheduler, ran[0]?.config], [0, "lc", "F"]);
});

Deno.test(
  "kube-proxy config check says what is wrong, without running",
  WITH_YAML,
  async () => {
    const good = await call(["config", "check", "F"], {
      readFile: () => Promise.resolve(`${HEAD}portRange: 1-2\n`),
    });
    assertEquals([good.code, good.out], [0, [
      "warn  portRange has no effect here: kube-proxy does not use it either",
      "ok    F",
    ]]);
    const bad = await call(["config", "check", "F"], {
      readFile: () =>
        Promise.resolve(`${HEAD}mode: iptables\nbindAddress: 1\n`),
    });
    assertEquals([bad.code, bad.err.length, bad.ran.length], [2, 2, 0]);
    assertEquals((await call(["config", "chekc", "F"])).code, 2);
  },
);

for (
  const [error, said] of [
    [
      new Deno.errors.PermissionDenied("open '/run/kube-proxy/lock'"),
      "Cannot run \"cleanup\": open '/run/kube-proxy/lock'; run this as root",
    ],
    [
      new CommandError(["ipvsadm", "-Ln"], "it said no", {
        failure: "failed",
        stderr: "Can't initialize ipvs: Permission denied (you must be root)",
      }),
      'Cannot run "ipvsadm -Ln": it said no; run this as root',
    ],
    [new Error("Cannot do it: why"), "Cannot do it: why"],
  ] as const
) {
  Deno.test(`who may not is told who may: ${error.name}`, NOTHING, async () => {
    const { code, err } = await call(["cleanup"], {
      cleanUp: () => Promise.reject(error),
    });
    assertEquals([code, err], [1, [said]]);
  });
}
