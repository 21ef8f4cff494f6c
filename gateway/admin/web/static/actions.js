// What operators do with mail: always after a question.
import { post } from "./api.js";
import { confirm, plural, toast } from "./ui.js";

export const words = {
  retry: { button: "Retry", done: "Retried", text: "It is tried again at once." },
  hold: { button: "Hold", done: "Held", text: "It stays in the queue, and is not tried until somebody releases it." },
  release: { button: "Release", done: "Released", text: "It is tried again at once." },
  drop: { button: "Drop", done: "Dropped", text: "It is not delivered to anybody who has not got it yet, and its sender hears nothing. This cannot be undone.", danger: true },
};

// one changes one mail. It tells whether something was done.
export async function one(id, action, subject) {
  const w = words[action];
  const reason = await confirm({ title: `${w.button} “${subject || id}”?`, text: w.text, button: w.button, danger: w.danger });
  if (reason === null) return false;
  return tried(async () => {
    const r = await post(`/mails/${encodeURIComponent(id)}/${action}`, { reason });
    toast(`${w.done}: ${plural(r.recipients, "recipient", "recipients")}.`);
  });
}

// many changes all that a filter selects, after the gateway has counted them.
export async function many(action, filter) {
  const w = words[action];
  return tried(async () => {
    const found = await post("/actions", { action, filter });
    if (found.count === 0) { toast(`There is nothing to ${action} here.`); return; }
    const mails = plural(found.count, "mail", "mails");
    const reason = await confirm({ title: `${w.button} ${mails}?`, text: w.text.replace(/^It is/, "They are").replace(/^It stays/, "They stay").replace("is not tried", "are not tried").replace("releases it", "releases them").replace("its sender hears", "the senders hear"), button: `${w.button} ${mails}`, danger: w.danger });
    if (reason === null) return;
    const done = await post("/actions", { action, filter: { ...filter, before: found.before ?? filter.before }, count: found.count, reason });
    toast(`${w.done}: ${plural(done.mails, "mail", "mails")}` + (done.unchanged ? `; ${plural(done.unchanged, "had", "had")} gone or moved on.` : "."));
  });
}

export async function flush(courier, destination) {
  return tried(async () => {
    const done = await post("/flush", { courier, destination });
    toast(`${destination} is tried at once: ${plural(done.recipients, "recipient", "recipients")} put forward.`);
  });
}

async function tried(what) {
  try {
    await what();
    return true;
  } catch (e) {
    toast(e.message, true);
    return false;
  }
}
