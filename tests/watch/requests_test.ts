import { assertEquals } from "@std/assert";
import {
  requestOf,
  WATCH_TIMEOUT_SECONDS,
  watchTimeoutSeconds,
} from "../../mod/watch/requests.ts";
import { serviceSpec } from "../../mod/watch/resources.ts";
import { startReflector } from "../../mod/watch/step.ts";

const PURE = { permissions: "none" } as const;
const SPEC = serviceSpec((object) => object);
const STATE = { ...startReflector(), timeoutSeconds: 300 };

Deno.test(
  "requestOf() asks for a watch from where it ended, with selectors",
  PURE,
  () => {
    const watch = { ...STATE, phase: "watch", version: "10" } as const;
    assertEquals(requestOf(watch, SPEC), {
      path: "/api/v1/services" +
        "?labelSelector=%21service.kubernetes.io%2Fservice-proxy-name" +
        "&fieldSelector=spec.clusterIP%21%3DNone" +
        "&watch=true&allowWatchBookmarks=true&timeoutSeconds=300" +
        "&resourceVersion=10",
      shape: "lines",
      silenceMs: 150_000,
    });
  },
);

Deno.test("requestOf() escapes a token that the server made", PURE, () => {
  const page = { ...STATE, phase: "page", continueToken: "a&b=c" } as const;
  const { path, shape } = requestOf(page, { ...SPEC, path: "/x" });
  assertEquals(new URL(path, "http://s").searchParams.get("continue"), "a&b=c");
  assertEquals(shape, "items");
});

Deno.test("watchTimeoutSeconds() spreads the ends of watches", PURE, () => {
  assertEquals(watchTimeoutSeconds(0), WATCH_TIMEOUT_SECONDS);
  assertEquals(watchTimeoutSeconds(0.999), 2 * WATCH_TIMEOUT_SECONDS - 1);
});
