/**
 * A node on which an agent served, to be cleaned up.
 *
 * @module
 */
import {
  cleanUp,
  type CleanupOptions,
} from "../../../mod/cli/cleanup/cleanup.ts";
import type { CleanupReport } from "../../../mod/cli/cleanup/report.ts";
import type { ProxyHealth } from "../../../mod/cli/migrate/types.ts";
import { TestNode } from "../../agent/harness.ts";
import type { FakeHost } from "../../support/fake_host.ts";

/** Ours alone. */
export const OURS: CleanupOptions = {
  what: "ours",
  dryRun: false,
  withoutRecord: false,
  force: false,
};
/** Ours and kube-proxy's. */
export const BOTH: CleanupOptions = { ...OURS, what: "both" };
const FACTS = { kernelRelease: "6.1.0", cpus: 2, hasIpv6: true };

/** The host's state; an empty table is as good as none. */
export function stateOf(host: FakeHost): string {
  return host.dump().replaceAll(/^\*\w+\n(?::\w+ [A-Z]+ .*\n)*COMMIT\n/gm, "")
    .replaceAll(/^# (?:ip6?tables-\w+)\n(?=# )/gm, "");
}

/** A node on which an agent served Services of all kinds and was stopped. */
export async function servedNode(): Promise<TestNode> {
  const node = new TestNode();
  node.routes = [{ cidr: "10.96.0.0/16" as never }];
  await serve(node);
  return node;
}

/** Lets an agent serve there, and stops it. */
export async function serve(node: TestNode): Promise<void> {
  node.start();
  node.put("web", {
    ip: "10.96.0.5",
    externalIps: ["192.0.2.5" as never],
    externalTrafficPolicy: "local",
  });
  node.put("empty", { ip: "10.96.0.6" });
  node.endpoints("web", ["10.244.1.1", "10.244.2.1"]);
  node.sync();
  await node.advance(0);
  await node.stop();
}

/** Cleans it up. */
export function clean(
  node: Pick<TestNode, "host" | "directory">,
  options: CleanupOptions = OURS,
  health: ProxyHealth = "silent",
): Promise<CleanupReport> {
  const { host, directory } = node;
  return cleanUp(options, {
    ...{ runner: host, folder: directory, facts: FACTS },
    proxyHealth: () => Promise.resolve(health),
  });
}
