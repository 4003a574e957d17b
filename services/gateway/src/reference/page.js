// Shows the description of the API, and lets each operation be tried. Everything is put in as text, never as markup.
"use strict";

const METHODS = ["get", "post", "put", "patch", "delete"];
const DEEPEST = 6;
let described = {};

function element(name, content, attributes) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value !== undefined) made.setAttribute(key, value);
  }
  made.append(...[content ?? []].flat());
  return made;
}

function resolve(schema) {
  const path = schema?.$ref?.split("/").slice(1);
  return path ? path.reduce((at, key) => at?.[key.replaceAll("~1", "/").replaceAll("~0", "~")], described) : schema;
}

function typeName(schema) {
  if (!schema || schema === true) return "anything";
  if (schema.$ref) return schema.$ref.split("/").pop();
  const parts = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (parts) return parts.map(typeName).join(schema.allOf ? " and " : " or ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const type = [schema.type ?? "anything"].flat().join(" or ");
  return type.startsWith("array") ? `list of ${typeName(schema.items)}` : schema.format ? `${type} (${schema.format})` : type;
}

function fieldsOf(schema) {
  const whole = resolve(schema) ?? {};
  if (whole.type === "array" || whole.items) return fieldsOf(whole.items);
  const parts = [whole.allOf, whole.oneOf, whole.anyOf].flatMap((list) => list ?? []).map(fieldsOf);
  const required = new Set(whole.required);
  const own = Object.entries(whole.properties ?? {}).map(([name, field]) => ({ name, field, required: required.has(name) }));
  return parts.flat().concat(own);
}

function schemaList(schema, depth) {
  const fields = fieldsOf(schema);
  if (fields.length === 0 || depth > DEEPEST) return [];
  const items = fields.map(({ name, field, required }) => {
    const about = resolve(field)?.description ?? field.description;
    const line = [element("code", name), ` ${typeName(field)}`, element("span", required ? "" : " · optional", { class: "quiet" })];
    if (about) line.push(element("div", about, { class: "quiet" }));
    if (fieldsOf(field).length > 0) line.push(unfolding("fields", () => schemaList(field, depth + 1)));
    return element("li", line);
  });
  return [element("ul", items, { class: "schema" })];
}

// Filled when it is opened first: schemas may contain themselves.
function unfolding(title, fill) {
  const box = element("details", element("summary", title));
  box.addEventListener("toggle", () => { if (box.children.length === 1) box.append(...fill()); });
  return box;
}

function example(schema, depth = 0) {
  const whole = resolve(schema) ?? {};
  if (whole.example !== undefined) return whole.example;
  if (whole.examples?.length) return whole.examples[0];
  if (whole.default !== undefined) return whole.default;
  if (whole.enum) return whole.enum[0];
  const first = (whole.oneOf ?? whole.anyOf ?? []).find((part) => part.type !== "null");
  if (first) return example(first, depth);
  const type = [whole.type].flat().find((name) => name !== "null");
  if (type === "array") return depth > DEEPEST ? [] : [example(whole.items, depth + 1)];
  const fields = depth > DEEPEST ? [] : fieldsOf(whole);
  if (type === "object" || fields.length > 0) {
    return Object.fromEntries(fields.filter((field) => field.required).map(({ name, field }) => [name, example(field, depth + 1)]));
  }
  return { string: "", integer: 0, number: 0, boolean: false }[type] ?? null;
}

function parameterTable(operation, inputs) {
  const rows = (operation.parameters ?? []).map(resolve).map((one) => {
    const input = element("input", [], { "aria-label": one.name, placeholder: String(one.example ?? one.schema?.example ?? "") });
    inputs.push({ ...one, input });
    const about = [typeName(one.schema), one.description ? element("div", one.description, { class: "quiet" }) : ""];
    return element("tr", [element("td", element("code", one.name)), element("td", one.in + (one.required ? ", required" : "")),
      element("td", about), element("td", input)]);
  });
  return rows.length ? [element("h4", "Parameters"), element("table", element("tbody", rows))] : [];
}

function responses(operation) {
  const rows = Object.entries(operation.responses ?? {}).map(([status, given]) => {
    const response = resolve(given);
    const [media, content] = Object.entries(response.content ?? {})[0] ?? [];
    const body = content?.schema ? [` ${typeName(content.schema)} `, element("span", media, { class: "quiet" })] : [];
    const more = content?.schema && fieldsOf(content.schema).length ? [unfolding("fields", () => schemaList(content.schema, 0))] : [];
    return element("tr", [element("td", element("code", status)), element("td", [response.description ?? "", ...body, ...more])]);
  });
  return [element("h4", "Answers"), element("table", element("tbody", rows))];
}

function address(path, inputs) {
  const query = new URLSearchParams();
  const headers = {};
  for (const { name, in: place, input } of inputs) {
    if (place === "path") path = path.replace(`{${name}}`, encodeURIComponent(input.value));
    if (input.value && place === "query") query.set(name, input.value);
    if (input.value && place === "header") headers[name] = input.value;
  }
  return { target: query.size ? `${path}?${query}` : path, headers };
}

async function attempt({ method, path, inputs, body, shown }) {
  const { target, headers } = address(path, inputs);
  const token = document.getElementById("token").value;
  if (token) headers.authorization = `Bearer ${token}`;
  if (body) headers["content-type"] = "application/json";
  shown.textContent = "…";
  try {
    const answer = await fetch(target, { method: method.toUpperCase(), headers, body: body?.value, credentials: token ? "omit" : "same-origin" });
    const lines = [`${answer.status} ${answer.statusText}`, ...[...answer.headers].map(([name, value]) => `${name}: ${value}`), ""];
    shown.textContent = lines.join("\n");
    await follow(answer, shown);
  } catch (error) {
    shown.textContent += `\n${error}`;
  }
}

// A stream of events never ends: what came is shown as it comes.
async function follow(answer, shown) {
  if (answer.headers.get("content-type")?.startsWith("application/") && answer.headers.get("content-type").includes("json")) {
    const text = await answer.text();
    try { shown.textContent += `\n${JSON.stringify(JSON.parse(text), null, 2)}`; } catch { shown.textContent += `\n${text}`; }
    return;
  }
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  while (reader) {
    const { done, value } = await reader.read();
    if (done || !shown.isConnected || shown.textContent.length > 200_000) return reader.cancel();
    shown.textContent += value;
  }
}

function details(method, path, operation) {
  const inputs = [];
  const parts = [];
  if (operation.description) parts.push(element("p", operation.description));
  const rights = [...new Set((operation.security ?? []).flatMap((one) => Object.values(one)).flat())];
  const open = operation.security?.some((one) => Object.keys(one).length === 0);
  parts.push(element("p", open ? "For everybody." : rights.length ? `Needs ${rights.join(", ")}.` : "For whoever is signed in.", { class: "quiet" }));
  parts.push(...parameterTable(operation, inputs));
  const content = Object.values(resolve(operation.requestBody)?.content ?? {})[0];
  let body;
  if (content) {
    body = element("textarea", JSON.stringify(content.example ?? example(content.schema), null, 2), { "aria-label": "Body", spellcheck: "false" });
    parts.push(element("h4", `Body: ${typeName(content.schema)}`), ...schemaList(content.schema, 0), body);
  }
  const shown = element("pre", [], { "aria-live": "polite", hidden: "" });
  const send = element("button", "Send", { type: "button" });
  send.addEventListener("click", () => { shown.hidden = false; attempt({ method, path, inputs, body, shown }); });
  return parts.concat(element("p", send), shown, ...responses(operation));
}

function operationBox(method, path, operation) {
  const id = operation.operationId ?? `${method}-${path}`;
  const title = [element("span", method.toUpperCase(), { class: `method ${method}` }), element("code", path), element("span", operation.summary ?? "")];
  const box = element("details", element("summary", title), { class: "operation", id });
  box.addEventListener("toggle", () => {
    if (box.children.length === 1) box.append(element("div", details(method, path, operation)));
  });
  const words = JSON.stringify([method, path, operation.summary, operation.description, operation.security, operation.tags]);
  const link = element("a", `${method.toUpperCase()} ${path}`, { href: `#${id}` });
  return { box, link, words: words.toLowerCase(), tag: operation.tags?.[0] ?? "other" };
}

function show(document_) {
  described = document_;
  const all = Object.entries(described.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => operationBox(method, path, item[method])));
  const tags = [...new Set(all.map((one) => one.tag))].sort();
  const groups = tags.map((tag) => ({ heading: element("h2", tag), title: element("h3", tag), members: all.filter((one) => one.tag === tag) }));
  const missing = described["x-missing"];
  const note = missing ? [element("p", `Away right now, and not shown: ${missing.join(", ")}.`, { class: "failed" })] : [];
  document.getElementById("operations").replaceChildren(...note, ...groups.flatMap((group) => [group.heading, ...group.members.map((one) => one.box)]));
  document.getElementById("contents").replaceChildren(...groups.flatMap((group) => [group.title, ...group.members.map((one) => one.link)]));
  document.getElementById("find").addEventListener("input", (event) => narrow(groups, event.target.value.trim().toLowerCase()));
  addEventListener("hashchange", unfold);
  unfold();
}

function narrow(groups, wish) {
  for (const { heading, title, members } of groups) {
    for (const one of members) one.box.hidden = one.link.hidden = !one.words.includes(wish);
    heading.hidden = title.hidden = members.every((one) => one.box.hidden);
  }
}

function unfold() {
  const box = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (box?.matches("details")) { box.open = true; box.scrollIntoView(); }
}

fetch("/api/openapi.json")
  .then((answer) => { if (!answer.ok) throw new Error(`status ${answer.status}`); return answer.json(); })
  .then(show)
  .catch((error) => document.getElementById("operations").replaceChildren(element("p", `The description cannot be read: ${error}`, { class: "failed" })));
