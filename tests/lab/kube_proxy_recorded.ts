/**
 * What kube-proxy's ipvs mode was recorded to leave, for drivers in the lab.
 *
 * @module
 */

const FIXTURES = new URL("../cli/cleanup/fixtures/", import.meta.url);

/** Its rules, sets and virtual servers, each as its tool saves them. */
export async function recordedKubeProxy(): Promise<Record<string, string>> {
  return {
    nat: await recorded("nat"),
    filter: await recorded("filter"),
    sets: await recorded("ipset-save"),
    servers: await recorded("ipvsadm-Sn"),
  };
}

function recorded(what: string): Promise<string> {
  return Deno.readTextFile(new URL(`kube-proxy-1.36.2.${what}.txt`, FIXTURES));
}
