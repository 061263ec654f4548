/**
 * The built executable, whichever way it was built: `KUBE_PROXY` names one,
 * else a self-extracting one is built.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { command, type Said } from "../../deploy/build/command.ts";
import { REQUIRED_TOOLS } from "../../mod/cli/requirements.ts";
import { build } from "../../deploy/build/build.ts";

const IGNORED = Deno.build.os !== "linux" || Deno.uid() !== 0;
const folder = IGNORED ? "" : await Deno.makeTempDir({ prefix: "smoke-" });
const given = Deno.env.get("KUBE_PROXY");
const program = given ?? `${folder}/kube-proxy`;
const unpacked = `${folder}/unpacked`;

addEventListener("unload", () => {
  if (!IGNORED) Deno.removeSync(folder, { recursive: true });
});

function smokeTest(name: string, body: () => Promise<void>): void {
  Deno.test({ name: `executable: ${name}`, ignore: IGNORED, fn: body });
}

/** Runs it with what the environment of a careless user may have. */
async function run(
  args: readonly string[],
  { env = {}, seconds = 60 }: {
    readonly env?: Readonly<Record<string, string>>;
    readonly seconds?: number;
  } = {},
): Promise<Said> {
  return await command(program, args, {
    seconds,
    env: {
      ...env,
      KUBE_PROXY_UNPACK_DIR: unpacked,
      DENO_V8_FLAGS: "--no-such-flag",
      NODE_OPTIONS: "--no-such-option",
    },
  });
}

smokeTest("is built, in one file", async () => {
  if (given === undefined) {
    await build(["--portable", "--quick", `--output=${program}`]);
  }
  const { isFile, mode } = await Deno.stat(program);
  assert(isFile);
  assertEquals((mode ?? 0) & 0o777, 0o755);
});

smokeTest("--version names version, commit and Deno", async () => {
  const { code, stdout, stderr } = await run(["--version"]);
  assertEquals([code, stderr], [0, ""]);
  const pattern =
    /^kube-proxy (\S+) \(commit ([0-9a-f]{12}|unknown)(?:\+changed)?; ipvs; Deno (\S+)\)\n$/;
  const [, version, , deno] = pattern.exec(stdout) ?? [];
  assertEquals([version, deno], [config.version, Deno.version.deno]);
});

const NEVER = [
  [[], 0, "Usage:"],
  [["-"], 2, 'Cannot use argument "-"'],
  [["eval", "console.log(6 * 7)"], 2, 'Cannot run "eval"'],
  [["repl"], 2, 'Cannot run "repl"'],
  [["--allow-all", "--version"], 2, "--allow-all"],
  [["--v8-flags=--help"], 2, "--v8-flags"],
] as const;

for (const [args, code, text] of NEVER) {
  smokeTest(`with [${args.join(" ")}] it is never Deno itself`, async () => {
    const said = await run(args);
    assertEquals(said.code, code, said.stderr);
    assertStringIncludes(said.stdout + said.stderr, text);
    assert(!`${said.stdout}${said.stderr}`.includes("42"));
  });
}

smokeTest("gives the program's exit code", async () => {
  const { code, stdout } = await run(["check"]);
  const isReady = stdout.includes("ready to run");
  assertEquals(code, isReady ? 0 : 3, stdout);
});

smokeTest("reads no other path, and names what to allow", async () => {
  const path = `${folder}/config.yaml`;
  await Deno.writeTextFile(path, "apiVersion: v1\n");
  const { code, stderr } = await run(["config", "check", path]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "--allow-read");
});

/** With tools that say nothing it gets as far as it has to for these tests. */
async function pathOfMuteTools(): Promise<string> {
  const tools = `${folder}/tools`;
  await Deno.mkdir(tools, { recursive: true });
  const names = [
    ...REQUIRED_TOOLS.map(({ name }) => name),
    ...["iptables-nft-save", "iptables-nft-restore"],
  ];
  for (const name of names) {
    await Deno.writeTextFile(`${tools}/${name}`, "#!/bin/sh\nexit 0\n");
    await Deno.chmod(`${tools}/${name}`, 0o755);
  }
  return `${tools}:/bin:/usr/bin`;
}

const KUBECONFIG = "/run/kube-proxy-smoke.conf";

/** Writes a kubeconfig for an API server that is not there. */
async function writeKubeconfig(user: string): Promise<void> {
  await Deno.writeTextFile(
    KUBECONFIG,
    `{"current-context":"a","contexts":[{"name":"a","context":{"cluster":"a",
"user":"a"}}],"clusters":[{"name":"a","cluster":{"server":
"http://127.0.0.1:9"}}],"users":[{"name":"a","user":${user}}]}`,
  );
}

/** Runs it until it says this, at most 30 s; gives all its complaints. */
async function runUntil(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  wanted: string,
): Promise<string> {
  const child = new Deno.Command(program, {
    args: [...args],
    env: { ...env, KUBE_PROXY_UNPACK_DIR: unpacked },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
  let said = "";
  const decoder = new TextDecoder();
  for await (const part of child.stderr) {
    said += decoder.decode(part, { stream: true });
    if (said.includes(wanted)) child.kill("SIGKILL");
  }
  clearTimeout(timer);
  await child.status;
  return said;
}

smokeTest("runs no other program, and names what to allow", async () => {
  const marker = `${folder}/ran`;
  const plugin = `${folder}/plugin`;
  await Deno.writeTextFile(plugin, `#!/bin/sh\ntouch ${marker}\n`);
  await Deno.chmod(plugin, 0o755);
  await writeKubeconfig(`{"exec":{"apiVersion":
"client.authentication.k8s.io/v1","command":"${plugin}","interactiveMode":
"Never"}}`);
  try {
    // It tries for ever; what it said until then is enough.
    const said = await runUntil(
      ["run", "--once", `--kubeconfig=${KUBECONFIG}`],
      { PATH: await pathOfMuteTools() },
      "--allow-run",
    );
    assertStringIncludes(said, "--allow-run");
  } finally {
    await Deno.remove(KUBECONFIG);
  }
  const ran = await Deno.stat(marker).then(() => true, () => false);
  assert(!ran, "the plug-in was run");
});

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** What answers there, once something does; within 30 s. */
async function eventuallyGet(url: string): Promise<string> {
  for (let turn = 0;; turn++) {
    try {
      return await (await fetch(url)).text();
    } catch (error) {
      if (turn >= 300) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

smokeTest("has its page, and its control socket answers", async () => {
  await writeKubeconfig("{}");
  const port = freePort();
  const env = {
    PATH: await pathOfMuteTools(),
    KUBE_PROXY_UNPACK_DIR: unpacked,
  };
  const child = new Deno.Command(program, {
    args: [
      ...["run", `--kubeconfig=${KUBECONFIG}`, "--healthz-bind-address="],
      `--metrics-bind-address=127.0.0.1:${port}`,
    ],
    env,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    const page = await eventuallyGet(`http://127.0.0.1:${port}/`);
    assertStringIncludes(page, "<!doctype html>");
    // Its style sheet and its program are parts of the file.
    for (
      const part of ["prefers-color-scheme", "visibilitychange", "</html>"]
    ) {
      assertStringIncludes(page, part);
    }
    const said = await run(["status"], { env });
    assertStringIncludes(said.stdout, "API server", said.stderr);
  } finally {
    child.kill("SIGTERM");
    await child.status;
    await Deno.remove(KUBECONFIG);
  }
});
