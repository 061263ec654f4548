import { FIELDS } from "./fields.ts";

/** Flags with the values that hold, for `/flagz`. */
export function flagValues(
  values: ReadonlyMap<string, unknown>,
): ReadonlyMap<string, string> {
  return new Map(
    FIELDS.flatMap(({ path, flag }) =>
      flag === undefined ? [] : [[flag, flagText(values.get(path))] as const]
    ),
  );
}

function flagText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(String).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).map(([name, one]) => `${name}=${one}`)
      .join(",");
  }
  return String(value ?? "");
}
