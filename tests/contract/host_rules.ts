import { assert, assertEquals, assertRejects } from "@std/assert";
import { BatchError } from "#apply";
import type { Cidr } from "#model";
import { address, type ContractRule, realKey } from "./contract.ts";

const DEVICE = "kube-ipvs0";
const VIPS = ["10.96.0.1", "10.96.0.2", "fd00::1"].map(address);

/** Rules of the device and its addresses. */
export const LINK_RULES: readonly ContractRule[] = [
  {
    name:
      "ip: an absent device is undefined; making or deleting it twice is fine",
    async check({ host: { links } }) {
      assertEquals(await links.device(DEVICE), undefined);
      await links.addDevice(DEVICE);
      await links.addDevice(DEVICE);
      assertEquals(await links.device(DEVICE), {
        isDummy: true,
        addresses: new Set(),
      });
      await links.deleteDevice(DEVICE);
      await links.deleteDevice(DEVICE);
      assertEquals(await links.device(DEVICE), undefined);
    },
  },
  {
    name: "ip: addresses come and go, twice too, without a word",
    async check({ host: { links } }) {
      await links.addDevice(DEVICE);
      for (let again = 0; again < 2; again++) {
        await links.restore(DEVICE, { add: VIPS, delete: [] });
        const device = await links.device(DEVICE);
        assertEquals(device?.addresses, new Set(VIPS));
      }
      for (let again = 0; again < 2; again++) {
        await links.restore(DEVICE, { add: [], delete: VIPS.slice(1) });
        const device = await links.device(DEVICE);
        assertEquals(device?.addresses, new Set(VIPS.slice(0, 1)));
      }
    },
  },
  {
    name: "ip: local routes of ours come and go, twice too, and are listed",
    async check({ host: { routes } }) {
      const wanted = [
        { cidr: "10.96.0.0/16" as Cidr, source: address("127.0.0.1") },
        { cidr: "10.97.0.0/16" as Cidr },
        { cidr: "fd00:96::/112" as Cidr },
      ];
      for (let again = 0; again < 2; again++) {
        await routes.restore({ add: wanted, delete: [] });
        assertEquals(await routes.list(["ipv4", "ipv6"]), wanted);
      }
      const [first] = wanted;
      await routes.restore({ add: [{ cidr: first!.cidr }], delete: [] });
      assertEquals(await routes.list(["ipv4"]), [
        { cidr: first!.cidr },
        wanted[1]!,
      ]);
      for (let again = 0; again < 2; again++) {
        await routes.restore({ add: [], delete: wanted });
        assertEquals(await routes.list(["ipv4", "ipv6"]), []);
      }
    },
  },
  {
    name: "ip: every device's addresses are known",
    async check({ host: { links } }) {
      await links.addDevice(DEVICE);
      await links.restore(DEVICE, { add: VIPS, delete: [] });
      const devices = await links.hostAddresses();
      assertEquals(devices.get(DEVICE), new Set(VIPS));
      assert(devices.get("lo")?.has(address("127.0.0.1")));
    },
  },
  {
    name: "ip: an address for an absent device is refused, with its line",
    async check({ host: { links } }) {
      const error = await assertRejects(
        () => links.restore("nosuch0", { add: VIPS, delete: [] }),
        BatchError,
      );
      assertEquals(error.refusals.length, VIPS.length);
      assertEquals(
        error.refusals[0],
        'address replace 10.96.0.1/32 dev nosuch0: Cannot find device "nosuch0"',
      );
    },
  },
  {
    name:
      "ip: a forced batch goes on after a refused line, not after a bad value",
    async check({ host: { links }, runner }) {
      await links.addDevice(DEVICE);
      const forced = await runner.run(["ip", "-force", "-batch", "-"], {
        stdin: `address delete 10.0.0.9/32 dev ${DEVICE}\n` +
          `address add 10.0.0.1/32 dev ${DEVICE}\n` +
          `address add 10.0.0.300/32 dev ${DEVICE}\n` +
          `address add 10.0.0.2/32 dev ${DEVICE}\n`,
      });
      assertEquals(forced.code, 1);
      assert(forced.stderr.includes("Command failed -:1\n"));
      const device = await links.device(DEVICE);
      assertEquals(device?.addresses, new Set([address("10.0.0.1")]));
    },
  },
];

/** Rules of sysctl, modprobe and conntrack. */
export const KERNEL_RULES: readonly ContractRule[] = [
  {
    name: "sysctl: what exists is read and written, what does not is named",
    async check({ host: { sysctls } }) {
      const conntrack = "net.ipv4.vs.conntrack";
      for (const value of ["0", "1"]) {
        const refused = await sysctls.write(
          new Map([["net.ipv4.vs.nosuch", "1"], [conntrack, value]]),
        );
        assertEquals([...refused.keys()], ["net.ipv4.vs.nosuch"]);
        assert(refused.get("net.ipv4.vs.nosuch")?.includes("No such file"));
        assertEquals(
          await sysctls.read([conntrack, "net.ipv4.vs.nosuch"]),
          new Map([[conntrack, value]]),
        );
      }
    },
  },
  {
    name: "modprobe: modules that are there load, others are named",
    async check({ host: { modules } }) {
      assertEquals(await modules.load(["dummy", "ip_vs_rr"]), new Map());
      const failed = await modules.load(["dummy", "no_such_module"]);
      assertEquals([...failed.keys()], ["no_such_module"]);
      assert(failed.get("no_such_module")?.includes("not found"));
    },
  },
  {
    name:
      "conntrack: entries to a frontend go, all or those of one real server",
    async check({ host: { conntrack }, addFlow }) {
      const dns = {
        protocol: "udp",
        address: address("10.96.0.10"),
        port: 53,
      } as const;
      let sourcePort = 1000;
      for (const replySource of ["10.244.1.1", "10.244.1.2", "10.244.1.2"]) {
        await addFlow({
          source: "10.244.9.9",
          sourcePort: sourcePort++,
          address: dns.address,
          port: dns.port,
          replySource,
        });
      }
      await addFlow({
        source: "fd00::9",
        sourcePort,
        address: "fd00::10",
        port: 53,
        replySource: "fd00:1::1",
      });
      const realServer = realKey("10.244.1.2:53");
      assertEquals(await conntrack.delete([{ ...dns, port: 54 }]), 0);
      assertEquals(await conntrack.delete([{ ...dns, realServer }]), 2);
      assertEquals(await conntrack.delete([{ ...dns, realServer }]), 0);
      const six = { ...dns, address: address("fd00::10") };
      const sixReal = realKey("[fd00:1::1]:53");
      assertEquals(
        await conntrack.delete([dns, { ...six, realServer: sixReal }]),
        2,
      );
    },
  },
];
