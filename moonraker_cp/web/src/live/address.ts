// Where Moonraker is, seen from this page: /PREFIX/server/continuousprint/.

const PAGE = "/server/continuousprint";

export function prefixOf(pathname: string): string {
  const at = pathname.lastIndexOf(PAGE);
  return at < 0 ? "" : pathname.slice(0, at);
}

/** The address of a path of Moonraker's, as "server/files/list". */
export function address(path: string): string {
  return `${location.origin}${prefixOf(location.pathname)}/${path}`;
}

export function websocketAddress(): string {
  return address("websocket").replace(/^http/, "ws");
}
