// One WebSocket to the server: it comes back by itself, and what it brings is told by type.

const PAUSES = [1, 2, 4, 8, 15]; // seconds until the next attempt
const NOT_ALLOWED = 1008;
const MOST_A_SECOND = 15; // messages; the server closes above 20

/** Tells its listeners `state` (connecting, open, lost, refused) and every message by its type. */
export class Connection {
  constructor(address) {
    this.address = address;
    this.listeners = new Map();
    this.state = "connecting";
    this.attempt = 0;
    this.queue = [];
    this.sent = [];
    this.retryAt = null;
  }

  on(type, listener) {
    if (!this.listeners.has(type)) this.listeners.set(type, []);
    this.listeners.get(type).push(listener);
    return this;
  }

  tell(type, message) {
    for (const listener of this.listeners.get(type) ?? []) listener(message);
  }

  open() {
    clearTimeout(this.timer);
    this.retryAt = null;
    this.queue = [];
    const socket = new WebSocket(this.address);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onmessage = ({ data }) => {
      if (this.socket !== socket) return;
      if (typeof data === "string") this.#take(JSON.parse(data));
      else this.tell("frame", unpack(data));
    };
    socket.onclose = ({ code, reason }) => {
      if (this.socket === socket) this.#lost(code, reason);
    };
  }

  /** Send a message; those of one `kind` that still wait are replaced by the newest. */
  send(message, kind = null) {
    if (this.state !== "open") return;
    if (kind) this.queue = this.queue.filter((waiting) => waiting.kind !== kind);
    this.queue.push({ message, kind });
    this.#flush();
  }

  /** A frame is on the screen: the next one may come. */
  acknowledge(number) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type: "ack", number }));
  }

  #take(message) {
    if (message.type === "hello") {
      this.attempt = 0;
      this.#become("open");
    }
    this.tell(message.type, message);
  }

  #flush() {
    const now = performance.now();
    this.sent = this.sent.filter((time) => time > now - 1000);
    while (this.queue.length && this.sent.length < MOST_A_SECOND) {
      this.socket.send(JSON.stringify(this.queue.shift().message));
      this.sent.push(now);
    }
    clearTimeout(this.flushing);
    if (this.queue.length) this.flushing = setTimeout(() => this.#flush(), 100);
  }

  #lost(code, reason) {
    this.socket = null;
    if (code === NOT_ALLOWED) {
      this.#become("refused", reason);
      return;
    }
    const pause = PAUSES[Math.min(this.attempt, PAUSES.length - 1)];
    this.attempt += 1;
    this.retryAt = Date.now() + 1000 * pause;
    this.timer = setTimeout(() => this.open(), 1000 * pause);
    this.#become("lost", reason);
  }

  #become(state, reason = "") {
    this.state = state;
    this.tell("state", { state, reason });
  }
}

/** A binary message: its header, and each picture by its panel's name. */
function unpack(buffer) {
  const length = new DataView(buffer).getUint32(0);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const pictures = new Map();
  let offset = 4 + length;
  for (const [name, size] of header.panels) {
    pictures.set(name, new Blob([new Uint8Array(buffer, offset, size)], { type: "image/jpeg" }));
    offset += size;
  }
  return { header, pictures };
}
