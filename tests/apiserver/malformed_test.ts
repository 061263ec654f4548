import { assertEquals } from "@std/assert";
import { lacks, LOOPBACK } from "../support/permission.ts";
import { ApiStore } from "./api_store.ts";
import { at, type Json, type JsonObject, listOf } from "./json.ts";
import { ApiServer } from "./server.ts";

const ignore = lacks("malformed objects on a socket", LOOPBACK);

/** What a proxy must get over, by what is wrong with it. */
const ODD: Readonly<Record<string, JsonObject>> = {
  "no ports": { metadata: { name: "a" }, spec: { clusterIP: "10.0.0.1" } },
  "bad address": { metadata: { name: "b" }, spec: { clusterIP: "10.0.0.999" } },
  "wrong types": { metadata: { name: 7, labels: [] }, spec: "none" },
  "odd bytes": { metadata: { name: "c\u0000\n\ud800-é" }, spec: {} },
  "no metadata": { spec: { ports: {} } },
  "odd metadata": { metadata: null },
  "of another kind": { kind: "Pod", apiVersion: "v9", metadata: {} },
  "ten megabytes": {
    metadata: { name: "big", annotations: { pad: "x".repeat(10_000_000) } },
  },
};

for (const [what, object] of Object.entries(ODD)) {
  Deno.test(
    `an object with ${what} is listed and watched as it is`,
    { ignore },
    async () => {
      const store = new ApiStore();
      store.putMalformed("Service", "default/odd", object);
      await using server = await ApiServer.start({ store, watchSeconds: 0.1 });
      const url = `${server.url}/api/v1/services`;
      const list: Json = await (await fetch(url)).json();
      const [item] = listOf(at(list, "items"));
      const watch = await fetch(`${url}?watch=1`);
      const event: Json = JSON.parse(await watch.text());
      const expected: JsonObject = JSON.parse(JSON.stringify(object));
      const metadata = at(expected, "metadata");
      const stamped = metadata === undefined || metadata === null ? expected : {
        ...expected,
        metadata: { ...metadata as JsonObject, resourceVersion: "1" },
      };
      assertEquals(item, stamped);
      const type = { kind: "Service", apiVersion: "v1" };
      assertEquals(at(event, "object"), { ...type, ...stamped });
    },
  );
}
