/** Where the server is, and the key with which one may ask it. */

export interface Server {
  /** `https://workflows.example`; empty is wherever the page came from. */
  readonly url: string;
  /** The API key, asked for anew at each request and each line; null: there is none. */
  readonly key: () => string | null;
  /** Called when the server refuses for want of a valid key. */
  readonly refused: () => void;
}

/** The server that gave out the page. A page that knows keys puts them here once. */
export const HERE: { -readonly [Part in keyof Server]: Server[Part] } = {
  url: "",
  key: () => null,
  refused: () => undefined,
};

export function socketAddress(server: Server): string {
  const base = new URL(server.url || window.location.origin);
  base.protocol = base.protocol === "https:" ? "wss:" : "ws:";
  base.pathname = "/api/v1/ws";
  return base.href;
}
