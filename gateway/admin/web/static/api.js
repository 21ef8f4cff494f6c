// What the API answers, and who we are to it.

export class Refused extends Error {
  constructor(status, text, body) {
    super(text);
    this.status = status;
    this.body = body;
  }
}

export const me = { role: "nothing", name: "", how: "", csrf: "", logins: [] };

async function ask(method, path, body) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") {
    headers["Content-Type"] = "application/json";
    headers["X-CSRF-Token"] = me.csrf;
  }
  let answer;
  try {
    answer = await fetch("/api/v1" + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), credentials: "same-origin" });
  } catch {
    throw new Refused(0, "The gateway does not answer. Is it running?");
  }
  if (answer.status === 204) return null;
  const said = await answer.json().catch(() => ({}));
  // An unhealthy gateway answers 503 with everything in it.
  if (!answer.ok && said.error !== undefined) throw new Refused(answer.status, said.error, said);
  if (!answer.ok && answer.status !== 503) throw new Refused(answer.status, answer.statusText, said);
  return said;
}

export const get = (path) => ask("GET", path);
export const post = (path, body = {}) => ask("POST", path, body);

export async function whoami() {
  Object.assign(me, { how: "" }, await get("/session"));
  return me;
}

export async function signIn(token) {
  await post("/session", { token });
  return whoami();
}

export async function signOut() {
  await ask("DELETE", "/session");
  return whoami();
}

export const operator = () => me.role === "operator";
export const reader = () => me.role !== "nothing";

// follow calls on with "now" and "point" as they come, and with "lost" when they do not. It gives the end.
export function follow(on) {
  const source = new EventSource("/api/v1/live");
  for (const name of ["now", "point"]) source.addEventListener(name, (e) => on(name, JSON.parse(e.data)));
  source.onerror = () => on("lost");
  return () => source.close();
}
