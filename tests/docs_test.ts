import { assert, assertEquals } from "@std/assert";
import { COMMANDS } from "../mod/cli/command_table.ts";
import { normalise } from "./lab/snapshots.ts";
import { lacks } from "./support/permission.ts";

const WITH_FILES = {
  ignore: lacks("docs", { name: "read", path: "./" }),
};

async function snapshots(): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const { name } of Deno.readDir("tests/lab/snapshots")) {
    const text = await Deno.readTextFile(`tests/lab/snapshots/${name}`);
    texts.push(normalise(text));
  }
  return texts;
}

Deno.test(
  "docs/commands.md shows what commands printed in the lab",
  WITH_FILES,
  async () => {
    const page = await Deno.readTextFile("docs/commands.md");
    const known = await snapshots();
    const blocks = [...page.matchAll(/```text\n(\$ [^]*?)```/g)];
    assert(blocks.length > 10, `${blocks.length} blocks`);
    const stale = blocks.map(([, block = ""]) => block)
      .filter((block) => !known.includes(normalise(block)));
    assertEquals(stale, []);
  },
);

Deno.test(
  "docs/commands.md names each command with -o",
  WITH_FILES,
  async () => {
    const page = await Deno.readTextFile("docs/commands.md");
    const [, list = ""] = /take `-o json`[^:]*: ([^.]+)\./.exec(page) ?? [];
    const told = [...list.matchAll(/`([\w-]+)`/g)].map(([, name]) => name);
    const have = COMMANDS.filter(({ flags }) =>
      flags.some(({ flag, values }) =>
        flag === "output" && values !== undefined
      )
    ).map(({ name }) => name);
    assertEquals(told.sort(), have.sort());
  },
);

Deno.test("some page of docs/ names every command", WITH_FILES, async () => {
  let page = "";
  for await (const { name } of Deno.readDir("docs")) {
    if (name.endsWith(".md")) page += await Deno.readTextFile(`docs/${name}`);
  }
  const missing = COMMANDS.map(({ name }) => name).filter((name) =>
    !page.includes(`\`${name}`)
  );
  assertEquals(missing, []);
});
