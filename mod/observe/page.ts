import html from "./page/page.html" with { type: "text" };
import style from "./page/page.css" with { type: "text" };
import detail from "./page/detail.js" with { type: "text" };
import dom from "./page/dom.js" with { type: "text" };
import main from "./page/main.js" with { type: "text" };
import node from "./page/node.js" with { type: "text" };
import services from "./page/services.js" with { type: "text" };
import type { Route } from "./site.ts";

const SCRIPT = [dom, node, services, detail, main].join("\n");
const NONCE_BYTES = 16;

/** The page at `/`: one document without outside resources. */
export function pageRoute(): Route {
  const [head = "", middle = "", tail = ""] = html.split(
    /__(?:STYLE|SCRIPT)__/,
  );
  return {
    answer() {
      const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
        .toHex();
      const text = (head + style + middle + SCRIPT + tail)
        .replaceAll("__NONCE__", nonce);
      return new Response(text, { headers: headersOf(nonce) });
    },
  };
}

/** Nothing is loaded from elsewhere, and nobody may frame it. */
function headersOf(nonce: string): Record<string, string> {
  return {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": [
      "default-src 'none'",
      `script-src 'nonce-${nonce}'`,
      `style-src 'nonce-${nonce}'`,
      "connect-src 'self'",
      "img-src data:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
  };
}
