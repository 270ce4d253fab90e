// The edit form: what is typed stays, what is not typed lives, and what is disputed is
// decided before anything is sent.

import { describe, expect, it } from "vitest";
import { jobs as jobsOf } from "./edit_server";
import { job, set } from "./shapes";
import {
  changed, disputed, gone, hasDispute, isDirty, isOrderDisputed, kept, moved, NOTHING, rowIds,
  shown, shownJob, shownSet, typed, without, type Draft,
} from "../src/views/edit/draft";
import {
  decimal, jobEdit, jobForm, localTime, setEdit, setFields, setForm, timeOf, whole, wrongJob, wrongSet,
} from "../src/views/edit/forms";
import { isWrong, movesTo, perform, planOf } from "../src/views/edit/save";

const boxes = job(1, { name: "Boxes", count: 3, remaining: 3, sets: [set(1), set(2), set(3)] });

/** As if a person had typed that into a field of the job. */
function typing<K extends keyof ReturnType<typeof jobForm>>(
  of: typeof boxes, field: K, mine: ReturnType<typeof jobForm>[K], draft: Draft = NOTHING,
): Draft {
  return { ...draft, job: typed(draft.job, jobForm(of), field, mine) };
}

describe("a field", () => {
  it("that nobody typed in follows the job", () => {
    const draft = typing(boxes, "name", "Crates");
    const form = shownJob({ ...boxes, priority: 7 }, draft.job);
    expect([form.name, form.priority]).toEqual(["Crates", "7"]);
  });

  it("that was typed in keeps what was typed, and is disputed when the job changes under it", () => {
    const draft = typing(boxes, "count", "7");
    const now = { ...boxes, count: 5, remaining: 5 };
    expect(shownJob(now, draft.job).count).toBe("7");
    expect(disputed(jobForm(now), draft.job)).toEqual(new Set(["count"]));
    expect(draft.job.count?.seen).toBe("3");
    expect(hasDispute(now, draft)).toBe(true);
  });

  it("is no longer disputed once the person keeps theirs or takes the other", () => {
    const { job: held } = typing(boxes, "count", "7");
    const now = jobForm({ ...boxes, count: 5 });
    const mine = kept(held, now, "count");
    expect(disputed(now, mine).size).toBe(0);
    expect(shown(now, mine).count).toBe("7");
    expect(shown(now, without(held, "count")).count).toBe("5");
  });

  it("is disputed again when it changes once more after that", () => {
    const { job: held } = typing(boxes, "count", "7");
    const mine = kept(held, jobForm({ ...boxes, count: 5 }), "count");
    expect(disputed(jobForm({ ...boxes, count: 6 }), mine)).toEqual(new Set(["count"]));
  });

  it("is nothing to save and no dispute when both want the same", () => {
    const draft = typing(boxes, "count", "7");
    const now = { ...boxes, count: 7 };
    expect(hasDispute(now, draft)).toBe(false);
    expect(isDirty(now, draft)).toBe(false);
  });

  it("typed back to what it was is not typed", () => {
    const draft = typing(boxes, "note", "Hello");
    expect(typing(boxes, "note", "", draft)).toEqual(NOTHING);
  });

  it("of tools says nothing by empty ones at the end", () => {
    const one = setForm(set(1, { materials: ["PLA"] }));
    expect(changed(one, { materials: { mine: ["PLA", ""], seen: ["PLA"] } }).size).toBe(0);
  });
});

describe("passes and copies", () => {
  it("show what will be left when their number is typed", () => {
    const begun = { ...boxes, count: 5, remaining: 2, passes_done: 3 };
    expect(shownJob(begun, typing(begun, "count", "10").job).remaining).toBe("7");
    expect(shownJob(begun, typing(begun, "remaining", "4").job).count).toBe("7");
    const one = set(1, { count: 4, remaining: 1, completed: 3 });
    expect(shownSet(one, { count: { mine: "6", seen: "4" } }).remaining).toBe("3");
    expect(shownSet(one, { count: { mine: "2", seen: "4" } }).remaining).toBe("0");
  });

  it("without end are sent as -1, and with an end as a number again", () => {
    const form = { ...jobForm(boxes), endless: true };
    expect(jobEdit(form, new Set(["endless", "remaining"]))).toEqual({ count: -1 });
    const endless = jobForm({ ...boxes, count: -1, remaining: 1 });
    expect(jobEdit({ ...endless, endless: false, count: "4" }, new Set(["endless", "count"]))).toEqual({ count: 4 });
  });
});

describe("what is typed", () => {
  it("is a number within its limits or is refused", () => {
    expect(["3", " 3 ", "3.5", "", "1e3", "x"].map((one) => whole(one, 0, 100))).toEqual([3, 3, null, null, null, null]);
    expect(["28,5", "28.5", "201", "-1", ","].map((one) => decimal(one, 0, 200))).toEqual([28.5, 28.5, null, null, null]);
  });

  it("is refused where the API would refuse it", () => {
    const form = { ...jobForm(boxes), name: " ", count: "2", remaining: "3", priority: "101" };
    expect(Object.keys(wrongJob(form)).sort()).toEqual(["name", "priority", "remaining"]);
    const one = { ...setForm(set(1)), release_temperature: "cold", retries: "1000", spools: ["", "x"], count: "" };
    expect(Object.keys(wrongSet(one)).sort()).toEqual(["count", "release_temperature", "retries", "spools"]);
    expect(wrongSet(setForm(set(1)))).toEqual({});
  });

  it("is a local time that comes back as the same minute", () => {
    const at = 1_800_000_060;
    expect(timeOf(localTime(at))).toBe(at);
    expect([localTime(null), timeOf(""), timeOf("soon")]).toEqual(["", null, null]);
  });

  it("of a set goes over the wire as the API has it, and only what was typed", () => {
    const form = {
      ...setForm(set(1)), materials: ["PLA_red", "", " "], spools: ["", "7"], profiles: " MK3, ,MK4",
      release_temperature: "0", on_failure: "retry" as const, retries: "",
    };
    expect(setFields(form)).toEqual({
      count: 1, materials: ["PLA_red"], spools: [null, 7], profiles: ["MK3", "MK4"],
      release_temperature: 0, on_failure: "retry", retries: null,
    });
    expect(setEdit(form, new Set(["retries"]))).toEqual({ retries: null });
  });
});

describe("the files of a job", () => {
  const swapped = moved(boxes, NOTHING, 1, 1);

  it("stand as they were moved, and a new one of somebody else where it stands there", () => {
    expect(rowIds(boxes, swapped)).toEqual([2, 1, 3]);
    const now = { ...boxes, sets: [set(1), set(9), set(2), set(3)] };
    expect(rowIds(now, swapped)).toEqual([2, 1, 9, 3]);
    expect(isOrderDisputed(now, swapped)).toBe(false);
  });

  it("are disputed when both change their order differently", () => {
    const now = { ...boxes, sets: [set(3), set(1), set(2)] };
    expect(isOrderDisputed(now, swapped)).toBe(true);
    expect(isOrderDisputed({ ...boxes, sets: [set(2), set(1), set(3)] }, swapped)).toBe(false);
  });

  it("stay at the ends of the list", () => {
    expect(moved(boxes, NOTHING, 1, -1)).toBe(NOTHING);
    expect(moved(boxes, NOTHING, 3, 1)).toBe(NOTHING);
  });

  it("that somebody took out while they were typed in are asked about", () => {
    const held = typed({}, setForm(set(2)), "count", "9");
    const draft = { ...NOTHING, sets: { 2: { was: set(2), typed: held } } };
    const now = { ...boxes, sets: [set(1), set(3)] };
    expect(gone(now, draft).map(({ was }) => was.id)).toEqual([2]);
    expect(hasDispute(now, draft)).toBe(true);
    expect(hasDispute(boxes, draft)).toBe(false);
  });
});

describe("moves", () => {
  const orders = [[1, 2, 3, 4], [4, 1, 2, 3], [2, 3, 4, 1], [4, 3, 2, 1], [3, 1, 4, 2]];
  const done = (now: number[], wanted: number[]): number[] => {
    const ids = [...now];
    for (const { id, after } of movesTo(now, wanted)) {
      ids.splice(ids.indexOf(id), 1);
      ids.splice(after === null ? 0 : ids.indexOf(after) + 1, 0, id);
    }
    return ids;
  };

  it.each(orders.flatMap((now) => orders.map((wanted) => [now, wanted] as const)))(
    "lead from %j to %j", (now, wanted) => expect(done(now, wanted)).toEqual(wanted),
  );

  it("are as few as can be", () => {
    expect(movesTo([1, 2, 3, 4], [2, 3, 4, 1])).toEqual([{ id: 1, after: 4 }]);
    expect(movesTo([1, 2, 3], [1, 2, 3])).toEqual([]);
  });
});

describe("saving", () => {
  const added = { key: "new-1", path: "lid.gcode", form: setForm(set(0)) };

  it("lets a job go last, when everything else is as it should be", async () => {
    const held = { ...boxes, draft: true };
    let draft = typing(held, "draft", false, { ...NOTHING, added: [added], removed: [3] });
    draft = typing(held, "name", "Crates", draft);
    const server = jobsOf(held);
    await perform(held, planOf(held, draft), server.revision(), server.calls, () => undefined);
    expect(server.said()).toEqual(["job name", "add lid.gcode", "remove 3", "job draft"]);
  });

  it("holds a job back first", async () => {
    const draft = typing(boxes, "hold", true, { ...NOTHING, removed: [1] });
    const server = jobsOf(boxes);
    await perform(boxes, planOf(boxes, draft), server.revision(), server.calls, () => undefined);
    expect(server.said()).toEqual(["job hold", "remove 1"]);
  });

  it("puts new files where the form had them", async () => {
    let draft: Draft = { ...NOTHING, added: [added] };
    draft = moved(boxes, draft, "new-1", -3);
    const server = jobsOf(boxes);
    const made: [string, number][] = [];
    await perform(boxes, planOf(boxes, draft), server.revision(), server.calls, (key, id) => made.push([key, id]));
    expect(server.ids()).toEqual([100, 1, 2, 3]);
    expect(made).toEqual([["new-1", 100]]);
  });

  it("stops at once when somebody was faster, and nothing after that is sent", async () => {
    const server = jobsOf(boxes);
    const plan = planOf(boxes, { ...NOTHING, removed: [1, 2] });
    const seen = server.revision();
    server.interfere();
    await expect(perform(boxes, plan, seen, server.calls, () => undefined)).rejects.toMatchObject({ code: 409 });
    expect(server.ids()).toEqual([1, 2, 3]);
  });

  it("sends nothing for what cannot be sent", () => {
    expect(isWrong(boxes, typing(boxes, "priority", "many"))).toBe(true);
    expect(isWrong(boxes, typing(boxes, "priority", "5"))).toBe(false);
    expect(isWrong(boxes, { ...NOTHING, added: [{ ...added, form: { ...added.form, count: "" } }] })).toBe(true);
  });
});
