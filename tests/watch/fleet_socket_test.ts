import { playFleet } from "./fleet_story.ts";
import { testSocket } from "./tls_support.ts";

testSocket(
  "follow() by 20 agents over sockets does not flood a server that comes back without its history",
  async () => {
    await playFleet({ agents: 20, awayMs: 3_000, mostPerSecond: 80 });
  },
);
