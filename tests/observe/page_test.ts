import { assert, assertEquals } from "@std/assert";
import { pageRoute } from "../../mod/observe/page.ts";

const NOTHING = { permissions: "none" } as const;

async function page(): Promise<readonly [text: string, policy: string]> {
  const request = new Request("http://localhost/");
  const response = await pageRoute().answer(request, new URL(request.url));
  const policy = response.headers.get("content-security-policy") ?? "";
  return [await response.text(), policy];
}

Deno.test(
  "the page is whole, and its policy lets in nothing else",
  NOTHING,
  async () => {
    const [text, policy] = await page();
    const nonce = /script-src 'nonce-([\da-f]{32})'/.exec(policy)?.[1];
    assert(nonce !== undefined);
    assert(policy.startsWith("default-src 'none'; "));
    assert(!/unsafe|https?:/.test(policy));
    assertEquals(text.match(new RegExp(`nonce="${nonce}"`, "g"))?.length, 2);
    assert(!text.includes("__"), "nothing is left to be filled in");
    for (const part of ["--paper", "function showServices(", "</html>"]) {
      assert(text.includes(part), part);
    }
  },
);

Deno.test("each answer has a nonce of its own", NOTHING, async () => {
  assert((await page())[1] !== (await page())[1]);
});

Deno.test(
  "the page names no resource, and makes no element from text",
  NOTHING,
  async () => {
    const [text] = await page();
    assertEquals(text.match(/(?:src|href)="(?!data:|\/|#)[^"]*"/g), null);
    assertEquals(
      text.match(/innerHTML|outerHTML|insertAdjacent|eval\(|document\.write/g),
      null,
    );
    assertEquals(text.match(/ on[a-z]+="| style="/g), null);
    assertEquals(text.match(/method: |<form/g), null, "nothing is changed");
  },
);
