/**
 * The page in headless Chromium, with 5,000 Services behind it: loads within
 * a second, filters, shows a drain as it happens, is used by keyboard, and
 * axe finds no serious fault in light and dark.
 *
 * With PAGE_SCREENSHOTS=FOLDER it leaves pictures there.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { BoundedServer } from "../../mod/observe/bounded_server.ts";
import { ensurePackages } from "../lab/packages.ts";
import { makePageWorld, type PageWorld } from "./page_world.ts";

const SERVICES = 5_000;
const LOADED_MS = 1_000;
/** The machine may have other work: the best of so many counts. */
const MOST_TRIES = 20;
const PATIENCE_MS = 20_000;
const CHROMIUM = "/usr/bin/chromium";
const SCHEMES = ["light", "dark"] as const;

/** A machine without a network outside: no background requests. */
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

interface Scene {
  readonly t: Deno.TestContext;
  readonly world: PageWorld;
  readonly browser: Browser;
  readonly url: string;
  readonly errors: string[];
}

async function open(
  { browser, url, errors }: Scene,
  colorScheme: typeof SCHEMES[number] = "light",
): Promise<Page> {
  const context = await browser.newContext({
    colorScheme,
    viewport: { width: 1280, height: 900 },
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  await page.goto(url);
  await page.waitForSelector("body[data-loaded]", { timeout: PATIENCE_MS });
  return page;
}

function rows(page: Page): Promise<string[]> {
  return page.locator("#service-table tbody th").allInnerTexts();
}

async function loads(scene: Scene): Promise<void> {
  await scene.t.step(`${SERVICES} Services are there in a second`, async () => {
    const times: number[] = [];
    while (times.length < MOST_TRIES && !(Math.min(...times) < LOADED_MS)) {
      const page = await open(scene);
      // From the beginning of the navigation, by the browser's own clock.
      times.push(Number(await page.getAttribute("body", "data-loaded")));
      assertEquals((await rows(page)).length, 100);
      await page.context().close();
    }
    // deno-lint-ignore no-console -- a measurement is printed
    console.log(`loaded in ${times.join(", ")} ms`);
    assert(Math.min(...times) < LOADED_MS, `${times} ms`);
  });
}

async function filters(scene: Scene): Promise<void> {
  await scene.t.step(
    "the filter finds by name, address and state",
    async () => {
      const page = await open(scene);
      const filter = page.locator("#filter");
      for (
        const [text, expected] of [
          ["billing-0002", ["default/billing-0002"]],
          ["ingest 10.96.1.71", ["default/ingest-0327"]],
          ["refused api-0034", ["default/api-0034"]],
          ["nothing of that kind", []],
        ] as const
      ) {
        await filter.fill(text);
        assertEquals(await rows(page), [...expected], text);
      }
      await filter.fill("");
      await page.click('[data-state="failing"]');
      assertEquals(await rows(page), ["default/zz-refused-by-kernel"]);
      await page.click('[data-state="failing"]');
      await page.click('[data-sort="connections"]');
      await page.click('[data-sort="connections"]');
      assertEquals((await rows(page))[0], "default/checkout-0006");
      await page.click("#next");
      assert((await page.innerText("#range")).startsWith("101 to 200 of "));
      await page.context().close();
    },
  );
}

async function keyboard(scene: Scene): Promise<void> {
  await scene.t.step("everything can be reached by keyboard", async () => {
    const page = await open(scene);
    await page.keyboard.press("/");
    await page.keyboard.type("checkout-0006");
    await page.keyboard.press("Tab");
    for (let turn = 0; turn < 12; turn++) {
      if (await page.evaluate("document.activeElement.dataset.service")) break;
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");
    await page.waitForSelector("#detail[open] table");
    const text = await page.innerText("#detail");
    assert(text.includes("-t 10.96.0.6:80"), text);
    await page.keyboard.press("Escape");
    await page.waitForSelector("#detail:not([open])", { state: "attached" });
    assertEquals(
      await page.evaluate("document.activeElement.dataset.service"),
      "default/checkout-0006",
    );
    await page.context().close();
  });
}

async function drains(scene: Scene): Promise<void> {
  const { world: { node, connect } } = scene;
  await scene.t.step("a drain shows as it happens, and goes", async () => {
    const page = await open(scene);
    const drain = page.locator("#drains tbody th", {
      hasText: "10.32.12.1:8080",
    });
    assertEquals(await drain.count(), 0);
    connect("-t 10.96.0.12:80", "10.32.12.1:8080", 4);
    node.endpoints("checkout-0012", ["10.99.0.1"]);
    await node.advance(2_000);
    await drain.waitFor({ timeout: PATIENCE_MS });
    assertEquals(await page.innerText("#drains .count"), "1");
    await picture(page, "drain");
    connect("-t 10.96.0.12:80", "10.32.12.1:8080", 0);
    await node.advance(30_000);
    await drain.waitFor({ state: "detached", timeout: PATIENCE_MS });
    await page.context().close();
  });
}

async function isHarmless(scene: Scene): Promise<void> {
  await scene.t.step(
    "names of objects are text, whatever they are",
    async () => {
      const page = await open(scene);
      await page.fill("#filter", "<img");
      assertEquals((await rows(page)).length, 1);
      assertEquals(await page.locator("main img, main b").count(), 0);
      assertEquals(await page.title(), "worker-17 – kube-proxy");
      await page.context().close();
    },
  );
}

interface Finding {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

async function faults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(
    "axe.run().then(({ violations }) => violations)",
  ) as Finding[];
  return found.filter(({ impact }) => /serious|critical/.test(impact))
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

async function accessible(scene: Scene): Promise<void> {
  const { node, connect } = scene.world;
  connect("-t 10.96.0.18:80", "10.32.18.1:8080", 3);
  node.endpoints("checkout-0018", ["10.32.18.2", "10.32.18.3"]);
  await node.advance(12_000);
  for (const scheme of SCHEMES) {
    await scene.t.step(`axe finds no serious fault in ${scheme}`, async () => {
      const page = await open(scene, scheme);
      await picture(page, scheme);
      assertEquals(await faults(page), []);
      await page.click('[data-service="default/api-0004"]');
      await page.waitForSelector("#detail[open] table");
      await picture(page, `${scheme}-detail`);
      assertEquals(await faults(page), [], "with a Service open");
      await page.context().close();
    });
  }
}

async function picture(page: Page, name: string): Promise<void> {
  const folder = Deno.env.get("PAGE_SCREENSHOTS");
  if (folder) await page.screenshot({ path: `${folder}/page-${name}.png` });
}

Deno.test({
  name: "the page shows what the node does",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    // deno-lint-ignore no-console -- what is installed is printed
    await ensurePackages(console.log, [{
      name: "chromium",
      files: [CHROMIUM],
    }]);
    const world = await makePageWorld(SERVICES);
    const server = new BoundedServer(
      { host: "127.0.0.1", port: 0 },
      () => world.handle,
    );
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: FLAGS,
    });
    const url = `http://127.0.0.1:${server.port}/`;
    const errors: string[] = [];
    const scene = { t, world, browser, url, errors };
    try {
      await loads(scene);
      await filters(scene);
      await keyboard(scene);
      await drains(scene);
      await isHarmless(scene);
      await accessible(scene);
      assertEquals(errors, [], "what the browser complained of");
    } finally {
      await browser.close();
      server.close();
      await world.node.stop();
    }
  },
});
