import { assertEquals } from "@std/assert";
import { openReportSource } from "../../mod/cli/report_source.ts";
import type { Settings } from "../../mod/cli/settings_types.ts";
import { settingsOf } from "./support.ts";

type Source = Parameters<typeof openReportSource>;

Deno.test(
  "reports judge health by the period that holds now, also after a reload",
  { permissions: "none" },
  () => {
    const agent = {
      inspect: () => undefined,
      snapshot: () => ({}),
      plans: new Map(),
    } as unknown as Source[0];
    const view: { settings: Settings } = { settings: settingsOf() };
    const { input } = openReportSource(
      agent,
      view as unknown as Source[1],
      () => 5,
    );
    assertEquals(input().timeoutMs, 60_000);
    view.settings = settingsOf("--ipvs-sync-period=2m");
    assertEquals(input().timeoutMs, 240_000);
  },
);
