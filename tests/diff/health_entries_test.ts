import { assertEquals } from "@std/assert";
import { healthEntries } from "../../mod/diff/health_entries.ts";
import { sampleFrontend } from "./sample.ts";

Deno.test({
  name: "healthEntries() opens the port in each family that is served",
  permissions: "none",
  fn: () => {
    const frontends = ["10.96.0.1", "10.96.0.2", "fd00::1"].map((address) =>
      sampleFrontend({ address, servers: {} })
    );
    const entries = healthEntries({ frontends, healthCheck: { port: 30123 } });
    assertEquals(entries.map(({ family, element }) => `${family} ${element}`), [
      "ipv4 30123",
      "ipv6 30123",
    ]);
    assertEquals(healthEntries({ frontends }), []);
  },
});
