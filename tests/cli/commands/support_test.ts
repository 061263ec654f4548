import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { isReadOnly } from "../../../mod/cli/dry_run.ts";
import { LISTINGS } from "../../../mod/cli/support/listings.ts";
import { gzip, tarArchive } from "../../../mod/cli/support/tar.ts";
import { ScriptedRunner } from "../../apply/support.ts";
import { controlledNode } from "../control/support.ts";
import { call } from "../surroundings.ts";

const NOTHING = { permissions: "none" } as const;

/** Reads an archive as tar(1) does, checking every header. */
function untar(archive: Uint8Array): Map<string, string> {
  const files = new Map<string, string>();
  const decoder = new TextDecoder();
  for (let at = 0; archive[at] !== 0;) {
    const header = archive.slice(at, at + 512);
    const field = (from: number, to: number): string =>
      decoder.decode(header.slice(from, to)).replace(/[\0 ]+$/, "");
    const size = parseInt(field(124, 136), 8);
    const sum = parseInt(field(148, 156), 8);
    header.fill(32, 148, 156);
    assertEquals(header.reduce((total, byte) => total + byte, 0), sum);
    assertEquals([field(257, 262), field(100, 107)], ["ustar", "0000600"]);
    const start = at + 512;
    files.set(
      field(0, 100),
      decoder.decode(archive.slice(start, start + size)),
    );
    at = start + Math.ceil(size / 512) * 512;
  }
  return files;
}

async function gunzip(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as BlobPart]).stream()
    .pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

Deno.test("tarArchive() and gzip() are read back", NOTHING, async () => {
  const files = [
    { path: "a/b.txt", text: "text" },
    { path: "empty", text: "" },
    { path: "long", text: "é".repeat(700) },
  ];
  const archive = tarArchive(files, 1_700_000_000);
  assertEquals(archive.length % 512, 0);
  const read = untar(await gunzip(await gzip(archive)));
  assertEquals([...read], files.map(({ path, text }) => [path, text]));
});

Deno.test("support runs only what reads", NOTHING, () => {
  for (const { argv } of LISTINGS) assert(isReadOnly(argv), argv.join(" "));
});

async function bundleOf(
  changes: Parameters<typeof call>[1] = {},
  args: readonly string[] = [],
) {
  const written: [string, Uint8Array][] = [];
  const outcome = await call(["support", ...args], {
    runner: {
      run: ([program]) =>
        program === "conntrack"
          ? Promise.reject(new Error("conntrack is not installed"))
          : Promise.resolve({
            code: program === "lsmod" ? 1 : 0,
            stdout: `${program} says token=hush\n`,
            stderr: program === "lsmod" ? "no modules\n" : "",
          }),
      lines: () => {
        throw new Error("nothing is followed");
      },
    },
    readFile: (path) => Promise.resolve(`read ${path}\n`),
    writePrivately: (path, content) => {
      written.push([path, content]);
      return Promise.resolve();
    },
    nowMs: () => Date.UTC(2026, 0, 2, 3, 4, 5),
    ...changes,
  });
  const [[path = "", content] = []] = written;
  const files = content === undefined
    ? new Map<string, string>()
    : untar(await gunzip(content));
  return { outcome, path, files };
}

Deno.test(
  "support gathers what agent and tools tell, without secrets",
  NOTHING,
  async () => {
    const { node, client } = await controlledNode();
    node.put("web");
    node.endpoints("web", ["10.244.1.1"]);
    await node.advance(1_000);
    const { outcome, path, files } = await bundleOf({ control: () => client });
    assertEquals(outcome.code, 0);
    assertEquals(
      path,
      "/run/kube-proxy/kube-proxy-support-2026-01-02T030405.tar.gz",
    );
    const at = (name: string): string =>
      files.get(`kube-proxy-support-2026-01-02T030405/${name}`) ?? "";
    assertStringIncludes(at("agent/status.txt"), "node            node-1");
    assertStringIncludes(at("agent/services.txt"), "default/web");
    assertEquals(JSON.parse(at("agent/status.json")).nodeName, "node-1");
    assertEquals(
      JSON.parse(at("agent/settings.json")).runDir,
      "/run/kube-proxy",
    );
    assertEquals(at("agent/log.txt"), "a line\n");
    assertEquals(at("state"), "read /run/kube-proxy/state\n");
    assertStringIncludes(at("kernel/ipset-save.txt"), "token=[redacted]");
    assertStringIncludes(
      at("kernel/modules.txt"),
      "# no modules\n# exit code 1\n",
    );
    assertStringIncludes(
      at("kernel/conntrack.txt"),
      "conntrack is not installed",
    );
    for (const [name, text] of files) assert(!text.includes("hush"), name);
    await node.stop();
  },
);

Deno.test("support works without an agent, and says so", NOTHING, async () => {
  const { outcome, files } = await bundleOf();
  assertEquals(outcome.code, 0);
  const absent = [...files].find(([name]) => name.endsWith("absent.txt"));
  assertEquals(absent?.[1], "Cannot ask the agent: none\n");
  assert([...files.keys()].some((name) => name.endsWith("ipvsadm-save.txt")));
});

Deno.test(
  "support writes where it is told, and says why it cannot",
  NOTHING,
  async () => {
    assertEquals((await bundleOf({}, ["-o", "-"])).outcome.out, []);
    assertEquals((await bundleOf({}, ["--output=/x/y"])).path, "/x/y");
    const { outcome } = await bundleOf({
      writePrivately: () => Promise.reject(new Error("read-only file system")),
    });
    assertEquals(outcome.code, 1);
    assertStringIncludes(outcome.err[0] ?? "", "read-only file system");
  },
);

Deno.test("support does not end when every tool fails", NOTHING, async () => {
  const { outcome } = await bundleOf({
    runner: new ScriptedRunner(
      ...LISTINGS.map(() => new Error("not allowed")),
    ),
    readFile: () => Promise.reject(new Error("no state")),
  });
  assertEquals(outcome.code, 0);
});
