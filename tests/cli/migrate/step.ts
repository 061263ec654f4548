import { migrate } from "../../../mod/cli/migrate/migrate.ts";
import type {
  MigrateOptions,
  MigrateVerb,
  MigrationReport,
  ProxyHealth,
} from "../../../mod/cli/migrate/types.ts";
import type { TestNode } from "../../agent/harness.ts";
import type { FakeHost } from "../../support/fake_host.ts";
import { FakeNode } from "../support.ts";

const FACTS = { kernelRelease: "6.1.0", cpus: 2, hasIpv6: true };

/** One step of a migration on a node whose modules can all be loaded. */
export function step(
  node: TestNode,
  verb: MigrateVerb,
  health: ProxyHealth = "silent",
  options: Pick<MigrateOptions, "force"> = { force: false },
): Promise<MigrationReport> {
  const preflight = new FakeNode();
  const runner = {
    run: (...[argv, options]: Parameters<FakeHost["run"]>) =>
      argv[0] === "modprobe"
        ? preflight.run(argv, options)
        : node.host.run(argv, options),
    lines: node.host.lines.bind(node.host),
  };
  return migrate({ verb, ...options }, {
    ...{ runner, folder: node.directory },
    hasModuleFolder: async () => await true,
    proxyHealth: () => Promise.resolve(health),
    sleep: () => Promise.resolve(),
  }, FACTS);
}
