// A web socket that comes back a few times when it is lost.

import type { Line } from "./source";

export interface SocketEvents {
  connected(is: boolean): void;
  text(text: string): void;
  binary(bytes: ArrayBuffer): void;
}

const ATTEMPTS = 5;

export function keepOpen<Message>(address: string, events: SocketEvents): Line<Message> {
  let socket: WebSocket;
  let failures = 0;
  let closed = false;

  function open(): void {
    socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      failures = 0;
      events.connected(true);
    };
    socket.onmessage = ({ data }) => (typeof data === "string" ? events.text(data) : events.binary(data));
    socket.onclose = () => {
      if (closed) return;
      events.connected(false);
      if (++failures <= ATTEMPTS) setTimeout(() => closed || open(), 500 * 2 ** failures);
    };
  }

  open();
  return {
    send: (message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    },
    close: () => {
      closed = true;
      socket.close();
    },
  };
}
