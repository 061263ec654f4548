/**
 * The Service goes, and the nodes are as they were.
 *
 * @module
 */

import { eventually, type ObservedNode } from "../../../lab/guest/mod.ts";
import { DB_DIAL, describe } from "../dials.ts";
import { DB, type Scene } from "../scene.ts";
import { realServers } from "../servers.ts";
import { formatMs } from "../../text.ts";

const AT_ONCE_MS = 1_000;
const CLEAN_LIMIT_MS = 30_000;

/** Deletes it and tries it, with a connection that lives and a new one. */
export async function deleteService(scene: Scene): Promise<void> {
  const { cluster, narrator, db, dns, nodes, web } = scene;
  const live = await cluster.connect(web, DB_DIAL);
  narrator.say(`web has a connection open to ${live.first.answeredBy}`);
  const startMs = performance.now();
  await db.unpublish();
  await Promise.all(nodes.map((node) =>
    eventually(async () => {
      if (await realServers(scene, node) === undefined) return;
      throw new Error(`Cannot end: ${node} still has the virtual server`);
    }, { pauseMs: 40 })
  ));
  const goneMs = performance.now() - startMs;
  narrator.say(`no virtual server is left after ${formatMs(goneMs)}`);
  const asked = await live.ask();
  narrator.prove(
    "a live connection is told at once that the Service is gone",
    describe(asked),
    asked.failure === "reset" && asked.ms < AT_ONCE_MS,
  );
  await live.close();
  const fresh = await cluster.dial(web, DB_DIAL);
  narrator.prove(
    "a new connection is refused at once",
    describe(fresh),
    fresh.failure === "refused" && fresh.ms < AT_ONCE_MS,
  );
  await dns.refresh();
  const name = `${DB.name}.${DB.namespace}.svc.cluster.local`;
  const { addresses } = await cluster.resolve(web, {
    address: "10.96.0.10",
    name,
  });
  narrator.prove(
    `the name ${DB.name} is gone from DNS`,
    addresses === undefined ? "no answer" : `${addresses.length} addresses`,
    addresses?.length === 0,
  );
  await showNothingLeft(scene, startMs);
}

async function showNothingLeft(scene: Scene, startMs: number): Promise<void> {
  const { cluster, narrator, nodes } = scene;
  const left: string[] = [];
  const look = async () => {
    left.length = 0;
    for (const node of nodes) left.push(...traces(await cluster.observe(node)));
    if (left.length > 0) throw new Error("Cannot end: something is left");
  };
  const limit = { timeoutMs: CLEAN_LIMIT_MS, pauseMs: 500 };
  await eventually(look, limit).catch(() => {});
  const ms = performance.now() - startMs;
  const node = cluster.node(nodes[0] ?? "");
  await narrator.show(node, ["ipvsadm", "-Ln"]);
  const search = `ipset save | grep -F ${DB.clusterIp} || echo none`;
  await narrator.show(node, ["sh", "-c", search], { as: search });
  const show = "ip -brief address show dev kube-ipvs0";
  await narrator.show(node, show.split(" "));
  narrator.prove(
    `nothing of ${DB.clusterIp} is left in any kernel`,
    `${left.length} lines of its tools name it, ${formatMs(ms)} after the ` +
      `deletion ${left.join("; ")}`.trimEnd(),
    left.length === 0,
  );
}

/** Lines of a node's kernel state that name the Service's address. */
function traces(observed: ObservedNode): readonly string[] {
  return Object.values(observed)
    .flatMap((text: string) => text.split("\n"))
    .filter((line) => line.includes(DB.clusterIp));
}
