import { assertEquals } from "@std/assert";
import { ANONYMOUS, authenticate, isAllowed, type User } from "./auth.ts";

const PURE = { permissions: "none" } as const;
const ADMIN: User = { name: "admin", groups: ["system:masters"] };
const tokens = new Map([["secret", ADMIN]]);

Deno.test.each([
  [undefined, ANONYMOUS],
  ["Bearer secret", ADMIN],
  ["bearer secret", ADMIN],
  ["Bearer other", undefined],
  ["Bearer ", undefined],
  ["Basic c2VjcmV0", undefined],
])("authenticate() with %s", PURE, (authorization, expected) => {
  assertEquals(authenticate({ authorization }, { tokens }), expected);
});

Deno.test(
  "authenticate() takes user and groups from the certificate",
  PURE,
  () => {
    const certificate = {
      commonName: "system:kube-proxy",
      organizations: ["system:node-proxier"],
      isValid: true,
    };
    const authorization = "Bearer secret";
    assertEquals(authenticate({ authorization, certificate }, { tokens }), {
      name: "system:kube-proxy",
      groups: ["system:node-proxier", "system:authenticated"],
    });
  },
);

Deno.test.each([
  [ANONYMOUS, "/api/v1/services", {}, false],
  [ANONYMOUS, "/healthz", {}, true],
  [ANONYMOUS, "/version", {}, true],
  [ANONYMOUS, "/versions", {}, false],
  [ANONYMOUS, "/api/v1/services", { anonymousIsAdmin: true }, true],
  [ADMIN, "/api/v1/services", {}, true],
  [ADMIN, "/api/v1/services", { mayDo: () => false }, false],
])("isAllowed(%j, %s, %j) is %s", PURE, (user, path, options, expected) => {
  const request = { user, verb: "list", resource: "services", group: "", path };
  assertEquals(isAllowed(request, options), expected);
});
