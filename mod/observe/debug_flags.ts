import { textResponse } from "./http_server.ts";
import type { Route } from "./site.ts";

const MOST_VERBOSITY = 2 ** 31 - 1;

/** Lets PUT change how much is logged, as kube-proxy's `/debug/flags/v`. */
export function verbosityRoute(set: (verbosity: number) => void): Route {
  return {
    methods: ["PUT"],
    async answer(request) {
      const text = (await request.text()).trim();
      if (!/^\d{1,10}$/.test(text) || Number(text) > MOST_VERBOSITY) {
        return textResponse(
          `Cannot set verbosity ${
            JSON.stringify(text.slice(0, 40))
          }: allowed ` +
            `is a whole number from 0\n`,
          400,
        );
      }
      set(Number(text));
      return textResponse(`successfully set klog.logging.verbosity to ${text}`);
    },
  };
}
