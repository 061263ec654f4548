import { assertEquals } from "@std/assert";
import { getLogger } from "@std/log";
import {
  levelOf,
  LOGGER_NAMES,
  setUpLogs,
} from "../../mod/observe/log_setup.ts";

const NEVER = false;
const NOTHING = { permissions: "none" } as const;

Deno.test("levelOf() shows everything from -v=2 on", NOTHING, () => {
  assertEquals([0, 1, 2, 10].map(levelOf), ["INFO", "INFO", "DEBUG", "DEBUG"]);
});

Deno.test(
  "setUpLogs() gives a way to change the level at run time",
  NOTHING,
  () => {
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    const control = setUpLogs({ format: "text", verbosity: 0, write });
    const logger = getLogger("agent");
    logger.debug("a");
    control.setVerbosity(4);
    logger.debug("b");
    assertEquals(control.verbosity, 4);
    control.setVerbosity(0);
    logger.debug("c");
    assertEquals(lines.map((line) => line.at(-1)), ["b"]);
  },
);

Deno.test(
  "setUpLogs() keeps the last lines, cut, without secrets",
  NOTHING,
  () => {
    const control = setUpLogs({
      format: "text",
      verbosity: 0,
      write: () => {},
    });
    for (let i = 0; i < 400; i++) getLogger("cli").info(`line ${i}`);
    getLogger("cli").info(`token=hush ${"x".repeat(2_000)}`);
    const recent = control.recent();
    assertEquals([recent.length, recent.at(-2)?.slice(-8)], [300, "line 399"]);
    assertEquals(recent.at(-1)?.length, 1_000);
    assertEquals(recent.at(-1)?.includes("hush"), NEVER);
  },
);

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
