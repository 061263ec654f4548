import { assertEquals } from "@std/assert";
import { getLogger } from "@std/log";
import {
  levelOf,
  LOGGER_NAMES,
  setUpLogs,
} from "../../mod/observe/log_setup.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test("levelOf() shows everything from -v=2 on", NOTHING, () => {
  assertEquals([0, 1, 2, 10].map(levelOf), ["INFO", "INFO", "DEBUG", "DEBUG"]);
});

Deno.test("setUpLogs() feeds every logger of the program", NOTHING, () => {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  setUpLogs({ format: "json", verbosity: 0, write });
  for (const name of LOGGER_NAMES) {
    getLogger(name).info("shown");
    getLogger(name).debug("not shown");
  }
  assertEquals(
    lines.map((line) => JSON.parse(line).logger),
    [...LOGGER_NAMES],
  );
});
