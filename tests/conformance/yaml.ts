import process from "node:process";
import { parse } from "yaml";

// The library looks up two variables for its own debugging on every call,
// which a run without permissions refuses; here it finds no variables.
Object.defineProperty(process, "env", { value: {} });

/** Reads YAML; aliases stand for whole objects here, many times over. */
export function parseYaml(text: string): unknown {
  return parse(text, { maxAliasCount: -1 });
}
