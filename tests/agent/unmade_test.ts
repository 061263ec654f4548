import { assert, assertEquals } from "@std/assert";
import { Unmade } from "../../mod/agent/unmade.ts";
import { type IpvsOperation, Observed } from "../../mod/diff/mod.ts";
import type {
  RealServerKey,
  VirtualServer,
  VirtualServerKey,
} from "../../mod/plan/mod.ts";

const KEY = "-t 10.96.0.1:80" as VirtualServerKey;
const OTHER = "-t 10.96.0.2:80" as VirtualServerKey;
const REAL = "10.244.1.1:8080" as RealServerKey;

function server(key: VirtualServerKey, scheduler = "rr"): VirtualServer {
  return {
    key,
    scheduler,
    schedulerFlags: new Set(),
    realServers: new Map([[REAL, { key: REAL, weight: 1 }]]),
  } as unknown as VirtualServer;
}

function adding(one: VirtualServer): readonly IpvsOperation[] {
  return [
    { verb: "add-service", server: one },
    {
      verb: "add-server",
      key: one.key,
      realServer: { key: REAL, weight: 1 },
    },
  ];
}

/** A kernel that holds some virtual servers. */
function holding(...servers: readonly VirtualServer[]): Observed {
  const observed = new Observed();
  observed.confirmIpvs(servers.flatMap(adding));
  return observed;
}

function unmade(...servers: readonly VirtualServer[]): Unmade {
  const all = new Unmade();
  all.note(servers.flatMap(adding));
  return all;
}

Deno.test({
  name: "what is absent may still turn up, and be another's",
  permissions: "none",
  fn: () => {
    const all = unmade(server(KEY));
    assertEquals(all.saw("all", holding()), { keys: [], strays: [] });
    assert(all.has(KEY));
    assertEquals(all.saw([KEY], holding(server(KEY, "nq"))), {
      keys: [KEY],
      strays: [{ verb: "delete-server", key: KEY, realServerKey: REAL }],
    });
    assert(all.has(KEY), "until ours have been taken out of it");
    all.forget([KEY]);
    assert(!all.has(KEY));
  },
});

Deno.test({
  name: "what is there as it was to be is ours, whatever becomes of it",
  permissions: "none",
  fn: () => {
    const all = unmade(server(KEY), server(OTHER));
    const observed = holding(server(KEY), server(OTHER, "nq"));
    assertEquals(all.saw([KEY], observed).keys, []);
    assert(!all.has(KEY));
    assertEquals(all.saw([KEY], holding(server(KEY, "nq"))).keys, []);
    assertEquals(all.saw("all", observed).keys, [OTHER]);
  },
});

Deno.test({
  name: "a real server of theirs that is like ours, but not made by us, stays",
  permissions: "none",
  fn: () => {
    const all = unmade(server(KEY));
    const theirs = holding(server(KEY, "nq"));
    const realServer = { key: REAL, weight: 7 };
    theirs.confirmIpvs([{ verb: "edit-server", key: KEY, realServer }]);
    assertEquals(all.saw("all", theirs), { keys: [KEY], strays: [] });
  },
});
