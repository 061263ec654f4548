import { createHost } from "#apply";
import { FakeHost } from "../support/fake_host.ts";
import type { ContractSubject } from "./contract.ts";
import { CONTRACT_RULES } from "./rules.ts";

function fakeSubject(fake: FakeHost): ContractSubject {
  fake.modules.absent.add("no_such_module");
  return {
    host: createHost(fake, "nft"),
    runner: fake,
    iptables: "iptables-nft",
    addFlow({ replySource, ...flow }) {
      const replyPort = flow.port;
      fake.conntrack.flows.push({
        protocol: "udp",
        ...flow,
        replySource,
        replyPort,
      });
      return Promise.resolve();
    },
  };
}

for (const { name, check } of CONTRACT_RULES) {
  Deno.test(`fake: ${name}`, { permissions: "none" }, async () => {
    const fake = new FakeHost();
    await check(fakeSubject(fake));
    fake.assertUnderstood();
  });
}
