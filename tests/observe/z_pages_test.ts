import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  answerFlagz,
  answerStatusz,
  type StatuszInput,
} from "../../mod/observe/z_pages.ts";

const NOTHING = { permissions: "none" } as const;
const STRUCTURED = "application/json;v=v1beta1;g=config.k8s.io;as=";

const INPUT: StatuszInput = {
  startedMs: 0,
  nowMs: 3_725_000,
  version: "1.2.3",
  runtime: "deno 9",
  paths: ["/healthz", "/metrics"],
  lines: [["Healthy", "yes"]],
};

Deno.test("answerStatusz() is text for people", NOTHING, async () => {
  const response = answerStatusz(INPUT, "text/html, */*");
  const text = await response.text();
  assertEquals(
    text.startsWith("\nkube-proxy statusz\nWarning: "),
    true as boolean,
  );
  for (
    const line of [
      "Started: 1970-01-01T00:00:00.000Z",
      "Up: 1 hr 02 min 05 sec",
      "Binary version: 1.2.3",
      "Paths: /healthz /metrics",
      "Healthy: yes",
    ]
  ) assertStringIncludes(text, `${line}\n`);
  assertEquals(response.headers.get("x-content-type-options"), "nosniff");
});

Deno.test(
  "answerStatusz() is an object for those who name its kind",
  NOTHING,
  async () => {
    const response = answerStatusz(INPUT, `${STRUCTURED}Statusz`);
    assertEquals(response.headers.get("content-type"), "application/json");
    assertEquals(await response.json(), {
      kind: "Statusz",
      apiVersion: "config.k8s.io/v1beta1",
      metadata: { name: "kube-proxy" },
      startTime: "1970-01-01T00:00:00.000Z",
      uptimeSeconds: 3725,
      goVersion: "deno 9",
      binaryVersion: "1.2.3",
      emulationVersion: "1.2.3",
      paths: ["/healthz", "/metrics"],
    });
  },
);

Deno.test(
  "answerFlagz() lists flags in order, or as a map",
  NOTHING,
  async () => {
    const flags = new Map([["v", "0"], ["kubeconfig", "/a"]]);
    assertStringIncludes(
      await answerFlagz(flags, null).text(),
      "\nkubeconfig: /a\nv: 0\n",
    );
    const response = answerFlagz(
      flags,
      `${STRUCTURED}Flagz`.replace("beta", "alpha"),
    );
    assertEquals((await response.json()).flags, { kubeconfig: "/a", v: "0" });
    assertStringIncludes(response.headers.get("warning") ?? "", "deprecated");
  },
);

for (
  const accept of [
    "application/json",
    "application/json;v=v1beta1;g=config.k8s.io;as=Statusz",
    "application/json;v=v9;g=config.k8s.io;as=Flagz",
    "application/json;v=v1beta1;g=example.com;as=Flagz",
  ]
) {
  Deno.test(`answerFlagz() answers "${accept}" by text`, NOTHING, () => {
    assertEquals(
      answerFlagz(new Map(), accept).headers.get("content-type"),
      "text/plain; charset=utf-8",
    );
  });
}
