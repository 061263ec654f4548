/**
 * 200 agents of four reflectors each, over real sockets and in real time.
 *
 * @module
 */
import { playFleet } from "./fleet_story.ts";

Deno.test(
  "200 agents start, lose their server for half a minute, and come back within a minute and 250 requests a second",
  async () => {
    const said = await playFleet({
      agents: 200,
      awayMs: 30_000,
      mostPerSecond: 250,
    });
    // deno-lint-ignore no-console -- figures for docs/scale.md
    console.log(said);
  },
);
