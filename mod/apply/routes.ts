import { type Cidr, familyOfCidr, type IpAddress, type IpFamily } from "#model";
import { isAbsentRoute } from "./errors.ts";
import { batchFailed, runBatch, runCommand } from "./run_command.ts";
import { safeWord } from "./safe_text.ts";
import type { Argv, CommandRunner, LocalRoute, Routes } from "./types.ts";

/**
 * Marks a route as ours (rtm_protocol, rtnetlink(7)): a number that no routing
 * daemon of /etc/iproute2/rt_protos has.
 */
const PROTOCOL = "106";
const BATCH: Argv = ["ip", "-force", "-batch", "-"];
const PLACE = `dev lo table local proto ${PROTOCOL}`;

/** The fields that are read of `ip -json route show`. */
interface ListedRoute {
  readonly dst?: string;
  readonly prefsrc?: string;
}

/** Local routes of whole networks through ip(8). */
export function createRoutes(runner: CommandRunner): Routes {
  return {
    async list(families) {
      const routes: LocalRoute[] = [];
      for (const family of families) {
        routes.push(...await listRoutes(runner, family));
      }
      return routes;
    },
    async restore({ add, delete: remove }) {
      const lines = [
        ...add.map((route) => `route replace ${formatRoute(route)}`),
        ...remove.map(({ cidr }) => `route delete ${formatRoute({ cidr })}`),
      ];
      if (lines.length === 0) return;
      const result = await runBatch(runner, BATCH, lines);
      const refusals = result.stderr.split("\n").filter((line) =>
        line !== "" && !isAbsentRoute(line) &&
        !line.startsWith("Command failed")
      );
      if (result.code === 0 || (refusals.length === 0 && add.length === 0)) {
        return;
      }
      throw batchFailed(BATCH, result, refusals);
    },
  };
}

async function listRoutes(
  runner: CommandRunner,
  family: IpFamily,
): Promise<readonly LocalRoute[]> {
  const text = await runCommand(runner, [
    ...["ip", family === "ipv4" ? "-4" : "-6", "-json"] as const,
    ...["route", "show", "table", "local", "proto", PROTOCOL],
  ]);
  const listed = (text.trim() === "" ? [] : JSON.parse(text)) as ListedRoute[];
  const bits = family === "ipv4" ? 32 : 128;
  return listed.flatMap(({ dst, prefsrc }) =>
    dst === undefined ? [] : [{
      cidr: (dst.includes("/") ? dst : `${dst}/${bits}`) as Cidr,
      ...(prefsrc === undefined ? {} : { source: prefsrc as IpAddress }),
    }]
  );
}

function formatRoute({ cidr, source }: LocalRoute): string {
  const text = `local ${safeWord("a network", cidr)} ${PLACE}`;
  // IPv6 keeps no preferred source on a route of type local.
  return source === undefined || familyOfCidr(cidr) === "ipv6"
    ? text
    : `${text} src ${safeWord("an address", source)}`;
}
