import { assert, assertEquals } from "@std/assert";
import { checkApi } from "../../../mod/cli/preflight/api.ts";

const NOTHING = { permissions: "none" } as const;
const NODE = { items: [{ metadata: { name: "node-1" } }] };

type Reply = number | Error | Record<string, unknown>;

async function look(replies: Readonly<Record<string, Reply>>) {
  const asked: string[] = [];
  const findings = await checkApi({
    server: "https://192.0.2.1",
    send({ path }) {
      asked.push(path);
      const kind = path.split("?")[0]?.split("/").at(-1) ?? "";
      const reply = replies[kind] ?? (kind === "nodes" ? NODE : { items: [] });
      if (reply instanceof Error) return Promise.reject(reply);
      const status = typeof reply === "number" ? reply : 200;
      const text = JSON.stringify(typeof reply === "number" ? {} : reply);
      async function* body() {
        yield await Promise.resolve(new TextEncoder().encode(text));
      }
      return Promise.resolve({ status, body: body() });
    },
    reset: () => {},
  }, "node-1");
  return { asked, findings };
}

Deno.test("checkApi() asks for one object of each kind", NOTHING, async () => {
  const { asked, findings } = await look({});
  assertEquals(findings.map(({ result, subject }) => `${result} ${subject}`), [
    "ok API Service",
    "ok API EndpointSlice",
    "ok API Node",
    "ok API ServiceCIDR",
  ]);
  for (const path of asked) assert(path.includes("limit=1"), path);
  assert(asked[2]?.includes("metadata.name%3Dnode-1"), asked[2]);
});

Deno.test(
  "checkApi() names what is forbidden, with the remedy",
  NOTHING,
  async () => {
    const { findings } = await look({ endpointslices: 403, servicecidrs: 403 });
    assertEquals(findings.map(({ result }) => result), [
      ...["ok", "fail", "ok", "warn"],
    ]);
    assert(findings[1]?.remedy?.includes("system:node-proxier"));
  },
);

Deno.test(
  "checkApi() knows old servers, other names, refused credentials",
  NOTHING,
  async () => {
    const old = await look({ servicecidrs: 404 });
    assertEquals(old.findings[3]?.result, "ok");
    const other = await look({ nodes: { items: [] } });
    assert(other.findings[2]?.remedy?.includes("--hostname-override"));
    const refused = await look({ services: 401 });
    assertEquals(refused.findings[0]?.result, "fail");
  },
);

Deno.test(
  "checkApi() says once that the server is out of reach",
  NOTHING,
  async () => {
    const { findings } = await look({ services: new Error("Cannot reach it") });
    assertEquals(findings.map(({ subject, text }) => `${subject}: ${text}`), [
      "API server https://192.0.2.1: Cannot reach it",
    ]);
  },
);
