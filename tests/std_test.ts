import { assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli";
import { getLogger } from "@std/log";
import ipaddr from "ipaddr.js";

Deno.test("parseArgs() and getLogger() come through the link packages", () => {
  assertEquals(parseArgs(["--a=1"], { string: ["a"] }).a, "1");
  assertEquals(getLogger().levelName, "INFO");
  assertEquals(ipaddr.parse("10.0.0.1").kind(), "ipv4");
});
