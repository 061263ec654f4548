/**
 * The Service by its name, through the resolver of the C library.
 *
 * @module
 */

import type { Place } from "../../../lab/guest/mod.ts";
import { DB, DB_PORT, type Scene } from "../scene.ts";
import { DNS_SERVICE } from "../dns.ts";

/** `web` and both nodes say `db`, and mean the Service. */
export async function reachByName(scene: Scene): Promise<void> {
  const { cluster, narrator, dns, web } = scene;
  await dns.refresh();
  await narrator.show(web, ["cat", "/etc/resolv.conf"]);
  const transports = [["UDP", []], ["TCP", ["RES_OPTIONS=use-vc"]]] as const;
  for (const [transport, env] of transports) {
    const argv = ["env", ...env, "getent", "ahostsv4", DB.name];
    const as = [...env, "getent", "ahostsv4", DB.name].join(" ");
    const keep = (line: string) => line.includes("STREAM");
    const text = await narrator.show(web, argv, { as, keep });
    narrator.prove(
      `web resolves "${DB.name}" by ${DNS_SERVICE.clusterIp} over ${transport}`,
      text.split(/\s/, 1)[0] ?? "",
      text.startsWith(`${DB.clusterIp} `),
    );
  }
  const places: readonly Place[] = [web, ...cluster.nodes.values()];
  for (const place of places) {
    const argv = ["socat", "-T2", "-", `TCP4:${DB.name}:${DB_PORT}`];
    const as = `echo who | socat - TCP4:${DB.name}:${DB_PORT}`;
    const text = await narrator.show(place, argv, { as, stdin: "who\n" });
    const { name = "none" } = JSON.parse(text || "{}");
    narrator.prove(
      `${place.name} reaches "${DB.name}" by name`,
      `answered by ${name}`,
      scene.db.ready.includes(name),
    );
  }
}
