import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { lacks } from "../../support/permission.ts";
import { controlledNode } from "../control/support.ts";
import { call, NO_SCREEN, type Outcome } from "../surroundings.ts";

const NOTHING = { permissions: "none" } as const;
const WEB = "-t 10.96.0.1:80";

async function serving() {
  const controlled = await controlledNode();
  const { node, client } = controlled;
  node.put("web");
  node.endpoints("web", ["10.244.1.1", "10.244.1.2"]);
  node.put("empty", { ip: "10.96.0.2" });
  await node.advance(1_000);
  const ask = (...args: string[]): Promise<Outcome> =>
    call(args, { control: () => client, nowMs: () => node.clock.nowMs() });
  return { ...controlled, ask };
}

const ASKING: readonly (readonly string[])[] = [
  ["status"],
  ["services"],
  ["service", "default/web"],
  ["diff"],
  ["top", "--once"],
  ["drain", "10.244.1.1"],
  ["undrain", "10.244.1.1"],
  ["audit"],
  ["log-level"],
];

for (const args of ASKING) {
  Deno.test(
    `kube-proxy ${args.join(" ")} says plainly when no agent is there`,
    NOTHING,
    async () => {
      const { code, out, err } = await call(args);
      assertEquals([code, out, err], [1, [], ["Cannot ask the agent: none"]]);
    },
  );
  Deno.test(
    `kube-proxy ${args[0]} looks where --run-dir says, and refuses other flags`,
    NOTHING,
    async () => {
      const asked: string[] = [];
      const control = (runDir: string) => {
        asked.push(runDir);
        throw new Error("asked");
      };
      await call([...args, "--run-dir=/x"], { control });
      await call(args, { control });
      assertEquals(asked, ["/x", "/run/kube-proxy"]);
      assertEquals((await call([...args, "--nope"], { control })).code, 2);
    },
  );
}

Deno.test(
  "status shows health, counts, drains and drift",
  NOTHING,
  async () => {
    const { node, ask } = await serving();
    await ask("drain", "10.244.1.1", "--limit=5m");
    await node.advance(0);
    node.host.ipvs.edit(`-D ${WEB}`);
    await node.advance(31_000);
    const { code, out } = await ask("status");
    assertEquals(code, 0);
    const text = out.join("\n");
    for (
      const part of [
        /^node +node-1$/m,
        /^health +healthy/m,
        /^services +2 \(1 served, 1 refused\), 1 virtual servers$/m,
        /^drift repaired +1 virtual server, 2 real servers$/m,
        /10\.244\.1\.1 +1 real servers quiescent +0 connections +ends in 4m29s/,
      ]
    ) assert(part.test(text), `${part} in\n${text}`);
    await node.stop();
  },
);

Deno.test("services shows a line each, and filters", NOTHING, async () => {
  const { node, ask } = await serving();
  const all = await ask("services");
  assertEquals(all.out.length, 3);
  assert(
    /^default\/web +ClusterIP +served +1s +10.96.0.1 +80\/tcp +2 +0$/.test(
      all.out[2] ?? "",
    ),
    all.out[2],
  );
  for (
    const [flags, names] of [
      [["--state=refused"], ["default/empty"]],
      [["-n", "kube-system"], []],
      [["--match=96.0.1"], ["default/web"]],
      [["--match", "80/tcp"], ["default/empty", "default/web"]],
    ] as const
  ) {
    const { out } = await ask("services", ...flags, "-o=json");
    const found: { name: string }[] = JSON.parse(out.join("\n"));
    assertEquals(found.map(({ name }) => name), [...names]);
  }
  assertEquals((await ask("services", "--state=what")).code, 2);
  await node.stop();
});

Deno.test("service shows what the kernel has otherwise", NOTHING, async () => {
  const { node, ask } = await serving();
  node.host.ipvs.edit(`-e ${WEB} -r 10.244.1.1:8080 -m -w 0`);
  const { code, out } = await ask("service", "default/web");
  const text = out.join("\n");
  assertEquals(code, 0);
  assertStringIncludes(text, "DIFFERS: 10.244.1.1:8080 has weight 0, wanted 1");
  assert(/10\.244\.1\.1:8080 +0→1 /.test(text), text);
  assertEquals((await ask("service", "web")).out, out);
  assertEquals(await ask("service", "default/none"), {
    code: 1,
    out: [],
    err: ["There is no Service default/none"],
  });
  for (const name of ["a/b/c", "../x", "A/b", ""]) {
    assertEquals((await ask("service", name)).code, 2, name);
  }
  assertEquals((await ask("service")).code, 2);
  await node.stop();
});

Deno.test("diff ends with 0 when equal, with 4 when not", NOTHING, async () => {
  const { node, ask } = await serving();
  assertEquals(await ask("diff"), {
    code: 0,
    out: ["# nothing to do: the kernel is as the cluster says"],
    err: [],
  });
  node.host.ipvs.edit(`-E ${WEB} -s lc`);
  assertEquals(await ask("diff"), {
    code: 4,
    out: ["# ipvsadm --restore", `-E ${WEB} -s rr`, "# 1 change"],
    err: [],
  });
  await ask("audit");
  await node.advance(100);
  assertEquals((await ask("diff")).code, 0);
  await node.stop();
});

Deno.test("drain and undrain, and what they refuse", NOTHING, async () => {
  const { node, ask } = await serving();
  const drained = await ask("drain", "node/node-2", "--limit", "90s");
  assertStringIncludes(drained.out[0] ?? "", "drains node/node-2 for 1m30s");
  assertEquals((await ask("undrain", "node/node-2")).code, 0);
  const again = await ask("undrain", "node/node-2");
  assertEquals(again.code, 1);
  assertStringIncludes(again.err[0] ?? "", "it is not drained");
  for (
    const args of [
      ["drain"],
      ["drain", "web"],
      ["drain", "10.0.0.1", "--limit=0s"],
      ["drain", "10.0.0.1", "--limit=25h"],
      ["drain", "10.0.0.1", "--limit=soon"],
      ["drain", "10.0.0.1", "10.0.0.2"],
      ["undrain", "a b"],
    ]
  ) assertEquals((await ask(...args)).code, 2, args.join(" "));
  await node.stop();
});

Deno.test("log-level reads and changes", NOTHING, async () => {
  const { node, ask } = await serving();
  assertEquals((await ask("log-level")).out, ["log level 0"]);
  assertEquals((await ask("log-level", "4")).out, ["log level 4"]);
  assertEquals((await ask("log-level")).out, ["log level 4"]);
  for (const text of ["11", "-1", "loud"]) {
    assertEquals((await ask("log-level", text)).code, 2, text);
  }
  await node.stop();
});

Deno.test("top --once prints one listing, sorted", NOTHING, async () => {
  const { node, ask } = await serving();
  node.put("api", { ip: "10.96.0.3" });
  node.endpoints("api", ["10.244.1.9"]);
  await node.advance(1_000);
  node.host.ipvs.setConnections(WEB, "10.244.1.2:8080", { active: 1_234 });
  const { code, out } = await ask("top", "--once");
  assertEquals(code, 0);
  assert(/^default\/web +1\.2k +0 /.test(out[3] ?? ""), out.join("\n"));
  const byName = await ask("top", "--once", "--sort=name");
  assert(byName.out[3]?.startsWith("default/api"), byName.out.join("\n"));
  assertEquals((await ask("top", "--interval=1ms")).code, 2);
  await node.stop();
});

Deno.test(
  "top in a terminal draws until a key ends it, and tidies up",
  NOTHING,
  async () => {
    for (const key of ["q", "\u0003"]) {
      const { node, client } = await serving();
      const written: string[] = [];
      let press = (): void => {};
      const pressed = new Promise<void>((resolve) => press = resolve);
      let isRaw = false;
      const { code } = await call(["top"], {
        control: () => client,
        sleep: (_ms, signal) => {
          press();
          return new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason));
          });
        },
        terminal: {
          ...NO_SCREEN,
          isScreen: true,
          write: (text) => written.push(text),
          async *keys() {
            isRaw = true;
            try {
              await pressed;
              yield "x";
              yield key;
            } finally {
              isRaw = false;
            }
          },
        },
      });
      assertEquals([code, isRaw], [0, false]);
      assertEquals(written.at(0), "\u001b[?1049h\u001b[?25l");
      assertStringIncludes(written[1] ?? "", "default/web");
      assertEquals(written.at(-1), "\u001b[?25h\u001b[?1049l");
      await node.stop();
    }
  },
);

Deno.test(
  "top tidies up the terminal when the agent goes away",
  NOTHING,
  async () => {
    const written: string[] = [];
    const { code, err } = await call(["top"], {
      terminal: {
        ...NO_SCREEN,
        isScreen: true,
        write: (text) => written.push(text),
        async *keys(signal) {
          await new Promise((resolve) =>
            signal.addEventListener("abort", resolve)
          );
          yield* [];
        },
      },
    });
    assertEquals([code, err.length, written.length], [1, 1, 2]);
    assertEquals(written.at(-1), "\u001b[?25h\u001b[?1049l");
  },
);

Deno.test(
  "top without a screen prints frame after frame, without escapes",
  NOTHING,
  async () => {
    const { node, client } = await serving();
    const stop = new AbortController();
    let frames = 0;
    const { code, out } = await call(["top"], {
      control: () => client,
      signal: stop.signal,
      sleep: () => {
        if (++frames === 3) stop.abort();
        return Promise.resolve();
      },
    });
    assertEquals(code, 0);
    assertEquals(out.filter((line) => line.startsWith("SERVICE")).length, 3);
    assert(!out.join("").includes("\u001b"));
    await node.stop();
  },
);

Deno.test("-o yaml says the same as -o json", {
  ignore: lacks("-o yaml", { name: "env", variable: "LOG_TOKENS" }),
}, async () => {
  const { parse } = await import("yaml");
  const { node, ask } = await serving();
  const json = await ask("service", "default/web", "-o", "json");
  const yaml = await ask("service", "default/web", "--output=yaml");
  assertEquals(parse(yaml.out.join("\n")), JSON.parse(json.out.join("\n")));
  await node.stop();
});
