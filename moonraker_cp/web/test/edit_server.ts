// A small queue of one job that refuses what comes from an old picture, as the real one.

import { RpcError } from "../src/live/rpc";
import type { Job, Jobs } from "../src/live/types";
import type { Calls } from "../src/views/edit/save";
import { set } from "./shapes";

export function jobs(of: Job) {
  let job = of;
  let revision = 5;
  let next = 100;
  const said: string[] = [];
  const change = async (seen: number, words: string, make: (old: Job) => Job): Promise<Jobs> => {
    if (seen < revision) throw new RpcError(409, "The job changed.");
    said.push(words);
    revision += 1;
    job = { ...make(job), revision };
    return { revision, jobs: [job] };
  };
  const calls: Calls = {
    editJob: (_, { revision: seen, ...fields }) =>
      change(seen, `job ${Object.keys(fields).join(" ")}`, (old) => ({ ...old, ...fields })),
    addSet: (_, { revision: seen, path }) =>
      change(seen, `add ${path}`, (old) => ({ ...old, sets: [...old.sets, set(next++, { path })] })),
    editSet: (id, { revision: seen }) => change(seen, `set ${id}`, (old) => old),
    moveSet: (id, { after, revision: seen }) =>
      change(seen, `move ${id}`, (old) => {
        const one = old.sets.find((all) => all.id === id);
        const rest = old.sets.filter((all) => all.id !== id);
        const at = after === null ? 0 : rest.findIndex((all) => all.id === after) + 1;
        return { ...old, sets: one ? [...rest.slice(0, at), one, ...rest.slice(at)] : rest };
      }),
    removeSet: (id, { revision: seen }) =>
      change(seen, `remove ${id}`, (old) => ({ ...old, sets: old.sets.filter((all) => all.id !== id) })),
  };
  return {
    calls,
    said: () => said,
    revision: () => revision,
    ids: () => job.sets.map((one) => one.id),
    interfere: () => void (revision += 1),
  };
}
