/**
 * How a self-extracting executable unpacks itself: once, as a whole, and only
 * what nobody else could have written. A small program stands in for Deno.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { command, type Said } from "../../deploy/build/command.ts";
import { makePortable } from "../../deploy/build/portable.ts";

const IGNORED = Deno.build.os !== "linux" || Deno.uid() !== 0;
const HEADER = new URL("../../deploy/build/header.sh", import.meta.url);
const DENO = `#!/bin/sh
if [ "$1" = --version ]; then exit 0; fi
echo "$# last: $(eval echo \\$$#) pid: $$"
exit 7
`;

/** A folder with a self-extracting file in it. */
class Scene implements AsyncDisposable {
  readonly folder: string;
  readonly program: string;
  readonly place: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.program = `${folder}/kube-proxy`;
    this.place = `${folder}/place`;
  }

  static async create(architecture: "x86_64" | "aarch64" = "x86_64") {
    const scene = new Scene(await Deno.makeTempDir({ prefix: "portable-" }));
    const encoder = new TextEncoder();
    const file = makePortable({
      header: await Deno.readTextFile(HEADER),
      runtime: encoder.encode(DENO),
      program: encoder.encode("the program"),
      flags: ["--quiet"],
      version: "1.0.0",
      commit: "0123456789ab",
      architecture,
    });
    await Deno.writeFile(scene.program, file, { mode: 0o755 });
    return scene;
  }

  async run(
    args: readonly string[] = ["last"],
    place = this.place,
  ): Promise<Said> {
    const env = { KUBE_PROXY_UNPACK_DIR: place };
    return await command(this.program, args, { env });
  }

  /** Folder that it has unpacked to. */
  async content(): Promise<string> {
    const names = [];
    for await (const { name } of Deno.readDir(this.place)) names.push(name);
    assertEquals(names.length, 1, names.join(" "));
    return `${this.place}/${names[0]}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

function portableTest(name: string, body: () => Promise<void>): void {
  Deno.test({ name: `portable: ${name}`, ignore: IGNORED, fn: body });
}

portableTest("passes arguments and exit code on", async () => {
  await using scene = await Scene.create();
  const { code, stdout, stderr } = await scene.run(["a b", "$(exit 1)"]);
  assertStringIncludes(stdout, "5 last: $(exit 1) pid: ");
  assertEquals([code, stderr], [7, ""]);
});

portableTest(
  "keeps its process, so that signals reach the program",
  async () => {
    await using scene = await Scene.create();
    await scene.run();
    const said = await command("sh", [
      ...["-c", 'echo $$; exec "$0"', scene.program],
    ], { env: { KUBE_PROXY_UNPACK_DIR: scene.place } });
    const [pid, line = ""] = said.stdout.split("\n");
    assertStringIncludes(line, `pid: ${pid}`);
  },
);

portableTest("unpacks once though eight start at once", async () => {
  await using scene = await Scene.create();
  const all = await Promise.all(Array.from({ length: 8 }, () => scene.run()));
  for (const { code, stderr } of all) assertEquals([code, stderr], [7, ""]);
  const content = await scene.content();
  const { ino } = await Deno.stat(`${content}/kube-proxy`);
  await scene.run();
  assertEquals((await Deno.stat(`${content}/kube-proxy`)).ino, ino);
});

portableTest("makes anew what a crash has cut", async () => {
  await using scene = await Scene.create();
  await scene.run();
  const content = await scene.content();
  await Deno.truncate(`${content}/kube-proxy.js`, 3);
  assertEquals((await scene.run()).code, 7);
  const text = await Deno.readTextFile(`${content}/kube-proxy.js`);
  assertEquals(text, "the program");
  await Deno.remove(`${content}/kube-proxy`);
  assertEquals((await scene.run()).code, 7);
});

const TAMPERED: Readonly<Record<string, (content: string) => Promise<void>>> = {
  "others may write": (content) => Deno.chmod(content, 0o757),
  "others than root may write": (content) =>
    Deno.chmod(`${content}/kube-proxy.js`, 0o664),
  "belongs to user 1234": (content) => Deno.chown(content, 1234, 0),
  "it belongs to user 99": (content) =>
    Deno.chown(`${content}/kube-proxy`, 99, 0),
  "to root; remove it": (content) => Deno.chown(`${content}/..`, 99, 0),
  "may write there (l": async (content) => {
    await Deno.rename(`${content}/kube-proxy`, `${content}/other`);
    await Deno.symlink(`${content}/other`, `${content}/kube-proxy`);
  },
};

for (const [message, tamper] of Object.entries(TAMPERED)) {
  portableTest(`refuses a folder when ${message}`, async () => {
    await using scene = await Scene.create();
    await scene.run();
    await tamper(await scene.content());
    const { code, stdout, stderr } = await scene.run();
    assertEquals([code, stdout], [1, ""]);
    assertStringIncludes(stderr, "Cannot use ");
    if (!message.startsWith("others may")) {
      assertStringIncludes(stderr, message);
    }
  });
}

portableTest("refuses to unpack what has been changed", async () => {
  await using scene = await Scene.create();
  const bytes = await Deno.readFile(scene.program);
  const last = bytes.length - 9;
  bytes[last] = (bytes[last] ?? 0) ^ 1;
  await Deno.writeFile(scene.program, bytes);
  const { code, stderr } = await scene.run();
  assertEquals(code, 1);
  assertStringIncludes(stderr, "Cannot unpack itself anywhere:");
  assert(/SHA-256 is|gzip:/.test(stderr), stderr);
  assertEquals(await Array.fromAsync(Deno.readDir(scene.place)), []);
});

portableTest("says what it needs where it can write nowhere", async () => {
  await using scene = await Scene.create();
  const { code, stderr } = await scene.run([], "/proc/none");
  assertEquals(code, 1);
  assertStringIncludes(stderr, "KUBE_PROXY_UNPACK_DIR names another folder");
});

portableTest("is the same file each time", async () => {
  await using one = await Scene.create();
  await using other = await Scene.create();
  assertEquals(
    await Deno.readFile(one.program),
    await Deno.readFile(other.program),
  );
});
