import { assertEquals } from "@std/assert";
import {
  jsonRoute,
  type Route,
  siteHandler,
  textRoute,
  topPaths,
} from "../../mod/observe/site.ts";

const NOTHING = { permissions: "none" } as const;
const ROUTES = new Map<string, Route>([
  ["/", textRoute(() => "home")],
  [
    "/api/a.json",
    jsonRoute(({ searchParams }) => ({ q: searchParams.get("q") })),
  ],
  ["/api/none.json", jsonRoute(() => undefined)],
  ["/debug/flags/v", { methods: ["PUT"], answer: () => new Response("put") }],
]);

async function ask(method: string, path: string): Promise<Response> {
  return await siteHandler(ROUTES)(
    new Request(`http://localhost${path}`, { method }),
  );
}

for (
  const [method, path, status] of [
    ["GET", "/", 200],
    ["HEAD", "/", 200],
    ["POST", "/", 405],
    ["DELETE", "/api/a.json", 405],
    ["GET", "/debug/flags/v", 405],
    ["PUT", "/debug/flags/v", 200],
    ["GET", "/other", 404],
    ["GET", "/api/", 404],
    ["GET", "/%2e%2e/etc/passwd", 404],
    ["GET", "/api/none.json", 404],
  ] as const
) {
  Deno.test(
    `siteHandler() answers ${method} ${path} with ${status}`,
    NOTHING,
    async () => {
      assertEquals((await ask(method, path)).status, status);
    },
  );
}

Deno.test("siteHandler() says which methods a path has", NOTHING, async () => {
  assertEquals((await ask("POST", "/")).headers.get("allow"), "GET, HEAD");
});

Deno.test("jsonRoute() is not kept and not guessed at", NOTHING, async () => {
  const response = await ask("GET", "/api/a.json?q=%3Cb%3E");
  assertEquals(await response.json(), { q: "<b>" });
  assertEquals(response.headers.get("cache-control"), "no-store");
  assertEquals(response.headers.get("x-content-type-options"), "nosniff");
});

Deno.test("topPaths() names the first part of each path once", NOTHING, () => {
  assertEquals(topPaths(ROUTES), ["/api", "/debug"]);
});
