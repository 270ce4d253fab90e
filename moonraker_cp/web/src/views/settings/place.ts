// Where moonraker.conf is edited: the front end that this page was reached through.

export interface FrontEnd {
  name: "Mainsail" | "Fluidd";
  /** Its page of files, below its root. */
  path: string;
}

/** Which front end says this page; null: none, as at Moonraker's own port. */
export function frontEndOf(html: string): FrontEnd | null {
  const title = /<title>([^<]*)<\/title>/i.exec(html)?.[1]?.trim().toLowerCase() ?? "";
  if (title === "mainsail") return { name: "Mainsail", path: "/config" };
  if (title === "fluidd") return { name: "Fluidd", path: "/#/configure" };
  return null;
}

export async function findFrontEnd(): Promise<FrontEnd | null> {
  try {
    return frontEndOf(await (await fetch(`${location.origin}/`)).text());
  } catch {
    return null;
  }
}
