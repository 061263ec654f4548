/**
 * Traffic counters of virtual servers, on the fakes and on a real kernel.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type ContractRule, keyOf, real, server } from "./contract.ts";

const KEYS = [
  "-t 10.96.0.1:80",
  "-u [fd00::10]:53",
  "--sctp-service 10.96.0.1:7",
  "-f 7",
  "-f 7 -6",
].map(keyOf);
const REALS = ["10.244.1.1:80", "[fd00:1::7]:53", "10.244.1.1:7"];
const NONE = {
  connections: 0,
  packetsIn: 0,
  packetsOut: 0,
  bytesIn: 0,
  bytesOut: 0,
};

/** Rules of `ipvsadm --stats` and `--rate`. */
export const TRAFFIC_RULES: readonly ContractRule[] = [
  {
    name: "ipvs: traffic of each server is read, for all or for one",
    async check({ host }) {
      await host.ipvs.restore([
        ...KEYS.map((key) => ({
          verb: "add-service" as const,
          server: server(key),
        })),
        ...REALS.map((text, index) => ({
          verb: "add-server" as const,
          key: KEYS[index]!,
          realServer: real(text),
        })),
      ]);
      for (const kind of ["totals", "rates"] as const) {
        assertEquals(
          await host.ipvs.traffic(kind),
          new Map(KEYS.map((key, index) => {
            const text = REALS[index];
            const realServers = new Map(
              text === undefined ? [] : [[real(text).key, NONE]],
            );
            return [key, { all: NONE, realServers }];
          })),
        );
        const [key] = KEYS;
        const one = await host.ipvs.traffic(kind, key);
        assertEquals([...one.keys()], [key!]);
        const none = await host.ipvs.traffic(kind, keyOf("-t 10.9.9.9:1"));
        assertEquals(none.size, 0);
      }
    },
  },
];
