import { assert, assertEquals } from "@std/assert";
import { describeVersion, VERSION } from "../../mod/cli/version.ts";
import config from "../../deno.json" with { type: "json" };

const NOTHING = { permissions: "none" } as const;

Deno.test(
  "VERSION is the one of deno.json, and describeVersion() says it",
  NOTHING,
  () => {
    assertEquals(VERSION, config.version);
    assert(describeVersion().startsWith(`kube-proxy ${VERSION} `));
  },
);
