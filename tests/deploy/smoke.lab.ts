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

smokeTest("runs no other program, and names what to allow", async () => {
  const marker = `${folder}/ran`;
  const plugin = `${folder}/plugin`;
  await Deno.writeTextFile(plugin, `#!/bin/sh\ntouch ${marker}\n`);
  await Deno.chmod(plugin, 0o755);
  // With tools that say nothing it gets as far as it has to for this.
  const tools = `${folder}/tools`;
  await Deno.mkdir(tools);
  const names = [
    ...REQUIRED_TOOLS.map(({ name }) => name),
    ...["iptables-nft-save", "iptables-nft-restore"],
  ];
  for (const name of names) {
    await Deno.writeTextFile(`${tools}/${name}`, "#!/bin/sh\nexit 0\n");
    await Deno.chmod(`${tools}/${name}`, 0o755);
  }
  const path = "/run/kube-proxy-smoke.conf";
  await Deno.writeTextFile(
    path,
    `{"current-context":"a","contexts":[{"name":"a","context":{"cluster":"a",
"user":"a"}}],"clusters":[{"name":"a","cluster":{"server":
"http://127.0.0.1:9"}}],"users":[{"name":"a","user":{"exec":{"apiVersion":
"client.authentication.k8s.io/v1","command":"${plugin}","interactiveMode":
"Never"}}}]}`,
  );
  try {
    // It tries for ever; what it said until then is enough.
    const said = await run(["run", "--once", `--kubeconfig=${path}`], {
      env: { PATH: `${tools}:/bin:/usr/bin` },
      seconds: 5,
    });
    assert(said.code !== 0);
    assertStringIncludes(said.stderr + said.stdout, "--allow-run");
  } finally {
    await Deno.remove(path);
  }
  const ran = await Deno.stat(marker).then(() => true, () => false);
  assert(!ran, "the plug-in was run");
});
