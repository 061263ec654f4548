import { assertEquals, assertRejects } from "@std/assert";
import {
  BatchError,
  createHost,
  type LocalRoute,
} from "../../mod/apply/mod.ts";
import { FakeHost } from "../support/fake_host.ts";
import { ScriptedRunner } from "./support.ts";

const PURE = { permissions: "none" } as const;

function route(cidr: string, source?: string): LocalRoute {
  return { cidr, ...(source === undefined ? {} : { source }) } as LocalRoute;
}

Deno.test(
  "list() reads what ip prints, each family by itself",
  PURE,
  async () => {
    const runner = new ScriptedRunner(
      {
        stdout:
          '[{"type":"local","dst":"10.96.0.0/16","dev":"lo","scope":"host",' +
          '"prefsrc":"192.0.2.1","flags":[]},{"dst":"10.97.0.1"}]\n',
      },
      {
        stdout: '[{"type":"local","dst":"fd00:96::/112","dev":"lo",' +
          '"metric":1024,"flags":[],"pref":"medium"}]\n',
      },
    );
    const { routes } = createHost(runner, "nft");
    assertEquals(await routes.list(["ipv4", "ipv6"]), [
      route("10.96.0.0/16", "192.0.2.1"),
      route("10.97.0.1/32"),
      route("fd00:96::/112"),
    ]);
    assertEquals(
      runner.asked.map(({ argv }) => argv),
      ["-4", "-6"].map((family) =>
        `ip ${family} -json route show table local proto 106`
      ),
    );
  },
);

Deno.test(
  "restore() sends one batch, adds first; a route that is gone already is no failure",
  PURE,
  async () => {
    const fake = new FakeHost();
    fake.ip.addDevice("eth0", "ether", ["192.0.2.1/24"]);
    const { routes } = createHost(fake, "nft");
    await routes.restore({ add: [], delete: [] });
    assertEquals(fake.counts.processes, 0);
    const wanted = [
      route("10.96.0.0/16", "192.0.2.1"),
      route("fd00:96::/112", "2001:db8::1"),
    ];
    await routes.restore({ add: wanted, delete: [] });
    assertEquals(fake.counts.processes, 1);
    assertEquals(await routes.list(["ipv4", "ipv6"]), [
      route("10.96.0.0/16", "192.0.2.1"),
      route("fd00:96::/112"),
    ]);
    await routes.restore({
      add: [],
      delete: [...wanted, route("10.1.0.0/16")],
    });
    assertEquals(await routes.list(["ipv4", "ipv6"]), []);
  },
);

Deno.test("restore() throws with what ip said", PURE, async () => {
  const fake = new FakeHost();
  const { routes } = createHost(fake, "nft");
  const error = await assertRejects(
    () =>
      routes.restore({ add: [route("10.96.0.0/16", "192.0.2.9")], delete: [] }),
    BatchError,
  );
  assertEquals(error.refusals, ["Error: Invalid prefsrc address."]);
});
