/** Where a service manager listens (sd_notify(3)). */
export interface NotifySocket {
  /**
   * Sends one message.
   *
   * @throws {Error} when nobody listens
   */
  send(message: string): Promise<void>;
  /** Closes it. */
  close(): void;
}

/**
 * Opens the way to a service manager. Datagrams come from this process itself,
 * so that the manager knows who speaks, and no program has to be run.
 *
 * @param path where it listens
 * @param own where our end of it may be made; a file there goes
 * @throws {Error} when it cannot be opened
 */
export function openNotifySocket(path: string, own: string): NotifySocket {
  removeSocket(own); // of a process that was killed
  const socket = Deno.listenDatagram({ transport: "unixpacket", path: own });
  const encoder = new TextEncoder();
  return {
    async send(message) {
      const to = { transport: "unixpacket", path } as const;
      await socket.send(encoder.encode(message), to);
    },
    close() {
      socket.close();
      removeSocket(own);
    },
  };
}

function removeSocket(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
