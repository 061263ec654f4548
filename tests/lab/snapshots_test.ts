import { assertEquals } from "@std/assert";
import { normalise } from "./snapshots.ts";

const NOTHING = { permissions: "none" } as const;

for (
  const [text, expected] of [
    ["up 3m20s", "up SPAN"],
    ["ends in 9m58s, at 10.0.0.1", "ends in SPAN, at 10.0.0.1"],
    ["2s ago (change), 42 ms", "SPAN ago (change), N ms"],
    ["19:31:18  2 Services", "TIME 2 Services"],
    ["kube-proxy 0.1.0 (ipvs)", "kube-proxy VERSION (ipvs)"],
    ["node-1 default/2s", "node-1 default/2s"],
    ["ok    tool ipset: 7.17", "ok tool ipset: VERSION"],
    [
      "    10.32.1.11:8080       1       0     23       1     331      2.1k  node-1",
      " 10.32.1.11:8080 1 N N N N N node-1",
    ],
    [
      "default/web              0      8       1         3          2     182      148        2",
      "default/web N N N N N N N 2",
    ],
    [
      "default/web  ClusterIP  served  4s  10.96.0.80  80/tcp         2      17",
      "default/web ClusterIP served SPAN 10.96.0.80 80/tcp 2 N",
    ],
    ["rr, 34 connections so far, 1/s", "rr, N connections so far, N/s"],
  ] as const
) {
  Deno.test(`normalise() of "${text}"`, NOTHING, () => {
    assertEquals(normalise(text), expected);
  });
}
