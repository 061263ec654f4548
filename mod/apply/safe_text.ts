import type { RealServerKey, VirtualServerKey } from "#plan";

/**
 * The last line of defence of every batch: values come typed and valid, and
 * still nothing is written that a tool could read as another word, another
 * line or an option.
 *
 * @throws {TypeError} when it has white space, control characters or quotes,
 * is empty, or begins with a dash
 */
export function safeWord(what: string, text: string): string {
  if (!/^[\w.:,/*@%+[\]][\w.:,/*@%+[\]-]*$/.test(text)) {
    throw new TypeError(
      `Cannot write ${what} into a batch: ${
        JSON.stringify(text)
      } is not one plain word`,
    );
  }
  return text;
}

const VIRTUAL_SERVER =
  /^(?:(?:-t|-u|--sctp-service) (?:[\d.]+|\[[\da-f:.]+\]):\d{1,5}|-f \d{1,10}(?: -6)?)$/;
const REAL_SERVER = /^(?:[\d.]+|\[[\da-f:.]+\]):\d{1,5}$/;

/**
 * A virtual server's key, which alone may hold spaces and dashes.
 *
 * @throws {TypeError} when it is anything but ipvsadm's words for one
 */
export function safeVirtualServer(key: VirtualServerKey): string {
  if (VIRTUAL_SERVER.test(key)) return key;
  throw new TypeError(
    `Cannot write a virtual server into a batch: ${JSON.stringify(key)}`,
  );
}

/**
 * A real server's key.
 *
 * @throws {TypeError} when it is anything but an address and a port
 */
export function safeRealServer(key: RealServerKey): string {
  if (REAL_SERVER.test(key)) return key;
  throw new TypeError(
    `Cannot write a real server into a batch: ${JSON.stringify(key)}`,
  );
}

/**
 * A whole number.
 *
 * @throws {RangeError} when it is none, or out of range
 */
export function safeNumber(
  what: string,
  value: number,
  range: { readonly least: number; readonly most: number },
): string {
  if (
    Number.isInteger(value) && value >= range.least && value <= range.most
  ) return String(value);
  throw new RangeError(
    `Cannot write ${what} into a batch: ${value} is not between ${range.least} and ${range.most}`,
  );
}
