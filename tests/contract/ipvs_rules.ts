import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  BatchError,
  formatIpvsSave,
  type Host,
  isAlreadyExists,
  isNotFound,
  parseIpvsSave,
} from "#apply";
import type { IpvsOperation } from "#diff";
import {
  type ContractRule,
  type ContractSubject,
  keyOf,
  real,
  realKey,
  server,
} from "./contract.ts";

const WEB = "-t 10.96.0.1:80";

function add(...args: Parameters<typeof server>): IpvsOperation {
  return { verb: "add-service", server: server(...args) };
}

function addReal(key: string, text: string, weight = 1): IpvsOperation {
  const realServer = real(text, weight);
  return { verb: "add-server", key: keyOf(key), realServer };
}

/** One of every kind that the plan can ask for. */
const EVERYTHING: readonly IpvsOperation[] = [
  add(WEB),
  addReal(WEB, "10.244.1.1:8080"),
  addReal(WEB, "10.244.10.1:8080", 0),
  addReal(WEB, "10.244.9.1:8080", 65535),
  add("-t 10.96.0.1:443", {
    scheduler: "mh",
    flags: ["mh-fallback", "mh-port"],
    persistence: 10800,
  }),
  addReal("-t 10.96.0.1:443", "10.244.1.1:8443"),
  add("-u 10.96.0.10:53", { scheduler: "wrr" }),
  addReal("-u 10.96.0.10:53", "10.244.1.1:53"),
  add("-t [fd00::10]:53", { scheduler: "sh", flags: ["sh-port"] }),
  addReal("-t [fd00::10]:53", "[fd00:1::7]:53"),
  add("--sctp-service 10.96.0.1:7"),
  addReal("--sctp-service 10.96.0.1:7", "10.244.1.1:7"),
  add("-f 7", { scheduler: "sh" }),
  addReal("-f 7", "10.244.1.1:8080"),
  add("-f 7 -6", { scheduler: "lc" }),
  addReal("-f 7 -6", "[fd00:1::7]:8080"),
];

async function saved({ runner }: ContractSubject): Promise<string> {
  return (await runner.run(["ipvsadm", "-Sn"])).stdout;
}

async function refused(
  host: Host,
  ...operations: readonly IpvsOperation[]
): Promise<BatchError> {
  return await assertRejects(() => host.ipvs.restore(operations), BatchError);
}

/** An operation on what is not there, or there already. */
interface Refusal {
  readonly what: string;
  readonly operation: IpvsOperation;
  readonly sentence: string;
  readonly meaning: (error: unknown) => boolean;
}

const REFUSALS: readonly Refusal[] = [
  {
    what: "adding a virtual server twice",
    operation: add(WEB),
    sentence: "Service already exists",
    meaning: isAlreadyExists,
  },
  {
    what: "adding a real server twice",
    operation: addReal(WEB, "10.244.1.1:8080"),
    sentence: "Destination already exists",
    meaning: isAlreadyExists,
  },
  {
    what: "editing an absent virtual server",
    operation: { verb: "edit-service", server: server("-t 10.96.0.9:80") },
    sentence: "No such service",
    meaning: isNotFound,
  },
  {
    what: "deleting an absent virtual server",
    operation: { verb: "delete-service", key: keyOf("-t 10.96.0.9:80") },
    sentence: "No such service",
    meaning: isNotFound,
  },
  {
    what: "adding a real server to an absent virtual server",
    operation: addReal("-t 10.96.0.9:80", "10.244.1.1:8080"),
    sentence: "Service not defined",
    meaning: isNotFound,
  },
  {
    what: "editing an absent real server",
    operation: {
      verb: "edit-server",
      key: keyOf(WEB),
      realServer: real("10.244.1.9:8080"),
    },
    sentence: "No such destination",
    meaning: isNotFound,
  },
  {
    what: "deleting an absent real server",
    operation: {
      verb: "delete-server",
      key: keyOf(WEB),
      realServerKey: realKey("10.244.1.9:8080"),
    },
    sentence: "No such destination",
    meaning: isNotFound,
  },
];

/** Rules of the virtual server table. */
export const IPVS_RULES: readonly ContractRule[] = [
  {
    name: "ipvs: what was added is listed, and saved as formatIpvsSave prints",
    async check(subject) {
      await subject.host.ipvs.restore(EVERYTHING);
      const table = await subject.host.ipvs.list();
      const text = await saved(subject);
      assertEquals(formatIpvsSave(table), text);
      assertEquals(formatIpvsSave(parseIpvsSave(text)), text);
      assertEquals(table.size, 7);
      assertEquals(table.get(keyOf(WEB))?.realServers.size, 3);
    },
  },
  {
    name: "ipvs: a saved table restores to itself",
    async check(subject) {
      await subject.host.ipvs.restore(EVERYTHING);
      const text = await saved(subject);
      await subject.runner.run(["ipvsadm", "-C"]);
      assertEquals(await saved(subject), "");
      const again = { stdin: text };
      const result = await subject.runner.run(["ipvsadm", "--restore"], again);
      assertEquals([result.code, result.stderr], [0, ""]);
      assertEquals(await saved(subject), text);
    },
  },
  {
    name:
      "ipvs: one virtual server is listed alone, an absent one is undefined",
    async check({ host }) {
      await host.ipvs.restore(EVERYTHING);
      const all = await host.ipvs.list();
      for (const [key, expected] of all) {
        assertEquals(await host.ipvs.listOne(key), expected);
      }
      for (const key of ["-t 10.96.0.1:81", "-u 10.96.0.1:80", "-f 8"]) {
        assertEquals(await host.ipvs.listOne(keyOf(key)), undefined);
      }
    },
  },
  ...REFUSALS.map(({ what, operation, sentence, meaning }) => ({
    name: `ipvs: ${what} is refused: ${sentence}`,
    async check({ host }: ContractSubject): Promise<void> {
      await host.ipvs.restore([add(WEB), addReal(WEB, "10.244.1.1:8080")]);
      const before = formatIpvsSave(await host.ipvs.list());
      const error = await refused(host, operation);
      assertEquals(error.refusals, [sentence]);
      assert(meaning(error));
      assertEquals(formatIpvsSave(await host.ipvs.list()), before);
    },
  })),
  {
    name: "ipvs: a refused line does not stop those after it, exit code 0",
    async check(subject) {
      await subject.host.ipvs.restore([add(WEB)]);
      const stdin = `-A ${WEB} -s rr\n-A -t 10.96.0.2:80 -s rr\n`;
      const result = await subject.runner.run(["ipvsadm", "--restore"], {
        stdin,
      });
      assertEquals(result.code, 0);
      assertEquals(result.stderr, "Service already exists\n");
      assert(await subject.host.ipvs.listOne(keyOf("-t 10.96.0.2:80")));
      const error = await refused(
        subject.host,
        add(WEB),
        add("-t 10.96.0.3:80"),
      );
      assertEquals(error.code, 0);
    },
  },
  {
    name: "ipvs: a line that cannot be parsed ends the batch with exit code 2",
    async check({ host }) {
      const error = await refused(
        host,
        add(WEB),
        addReal(WEB, "[fd00::1]:80"),
        add("-t 10.96.0.2:80"),
      );
      assertEquals(error.code, 2);
      assertEquals([...(await host.ipvs.list()).keys()], [keyOf(WEB)]);
    },
  },
  {
    name: "ipvs: a scheduler that the kernel lacks is refused",
    async check({ host }) {
      const scheduler = "nosuch" as "rr";
      const error = await refused(host, add(WEB, { scheduler }));
      assertEquals(error.refusals, [
        "Scheduler or persistence engine not found",
      ]);
      assertEquals((await host.ipvs.list()).size, 0);
    },
  },
  {
    name: "ipvs: editing a virtual server replaces all of it but its servers",
    async check({ host }) {
      await host.ipvs.restore([
        add(WEB, { scheduler: "mh", flags: ["mh-port"], persistence: 60 }),
        addReal(WEB, "10.244.1.1:8080"),
        { verb: "edit-service", server: server(WEB, { scheduler: "wrr" }) },
      ]);
      const text = formatIpvsSave(await host.ipvs.list());
      assertEquals(
        text,
        `-A ${WEB} -s wrr\n-a ${WEB} -r 10.244.1.1:8080 -m -w 1\n`,
      );
    },
  },
  {
    name: "ipvs: a weight is edited; deleting a virtual server takes all of it",
    async check({ host }) {
      await host.ipvs.restore([
        add(WEB),
        addReal(WEB, "10.244.1.1:8080"),
        {
          verb: "edit-server",
          key: keyOf(WEB),
          realServer: real("10.244.1.1:8080", 0),
        },
      ]);
      const listed = await host.ipvs.listOne(keyOf(WEB));
      assertEquals(
        listed?.realServers.get(realKey("10.244.1.1:8080"))?.weight,
        0,
      );
      await host.ipvs.restore([
        { verb: "delete-service", key: keyOf(WEB) },
        add(WEB),
      ]);
      const again = await host.ipvs.listOne(keyOf(WEB));
      assertEquals(again?.realServers.size, 0);
    },
  },
  {
    name: "ipvs: a mark of IPv4 and the same of IPv6 are two virtual servers",
    async check({ host }) {
      await host.ipvs.restore([add("-f 9"), add("-f 9 -6")]);
      await host.ipvs.restore([{ verb: "delete-service", key: keyOf("-f 9") }]);
      assertEquals([...(await host.ipvs.list()).keys()], [keyOf("-f 9 -6")]);
    },
  },
  {
    name: "ipvs: what a foreigner made is listed as it is",
    async check(subject) {
      const stdin = [
        "-A -t 10.9.0.1:80 -s rr -p 60 -M 255.255.255.0",
        "-a -t 10.9.0.1:80 -r 10.244.1.2:80 -g -w 5",
        "-a -t 10.9.0.1:80 -r 10.244.1.3:80 -i -w 5",
        "-A -u 10.9.0.1:53 -s wlc -o -b flag-1",
        "",
      ].join("\n");
      await subject.runner.run(["ipvsadm", "--restore"], { stdin });
      const table = await subject.host.ipvs.list();
      const tcp = table.get(keyOf("-t 10.9.0.1:80"));
      assertEquals(tcp?.flags, ["mask 255.255.255.0"]);
      assertEquals(
        [...tcp?.realServers.values() ?? []].map((r) => r.forwardingMethod),
        ["gatewaying", "ipip"],
      );
      assertEquals(table.get(keyOf("-u 10.9.0.1:53"))?.flags, [
        "flag-1",
        "ops",
      ]);
      assertEquals(formatIpvsSave(table), await saved(subject));
    },
  },
];
