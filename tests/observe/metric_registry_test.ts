import { assertEquals, assertStringIncludes } from "@std/assert";
import { MetricRegistry } from "../../mod/observe/metric_registry.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test(
  "MetricRegistry prefixes names, but for those that begin with a colon",
  NOTHING,
  async () => {
    const registry = await MetricRegistry.open();
    registry.counter({ name: "a_total", help: "A" }).inc(2);
    registry.gauge({ name: ":b", help: "B" }).set(3);
    const { text, type } = await registry.text();
    assertStringIncludes(text, "kubeproxy_a_total 2\n");
    assertStringIncludes(text, "\nb 3\n");
    assertStringIncludes(type, "text/plain");
  },
);

Deno.test("MetricRegistry reads a state at each scrape", NOTHING, async () => {
  const registry = await MetricRegistry.open();
  let value = 1;
  registry.state(
    { name: "s", help: "S", labelNames: ["kind"] },
    () => [[{ kind: "x" }, value]],
  );
  const first = await registry.text();
  value = 2;
  const second = await registry.text();
  const lines = [first, second].map(({ text }) =>
    /^kubeproxy_s.*$/m.exec(text)?.[0]
  );
  assertEquals(lines, [
    'kubeproxy_s{kind="x"} 1',
    'kubeproxy_s{kind="x"} 2',
  ]);
});

Deno.test(
  "MetricRegistry tells no more of a state that is gone",
  NOTHING,
  async () => {
    const registry = await MetricRegistry.open();
    const kinds = new Set(["x", "y"]);
    registry.state(
      { name: "s", help: "S", labelNames: ["kind"] },
      () => [...kinds].map((kind) => [{ kind }, 1] as const),
    );
    await registry.text();
    kinds.delete("x");
    const { text } = await registry.text();
    assertEquals(text.match(/^kubeproxy_s.*$/gm), ['kubeproxy_s{kind="y"} 1']);
  },
);
