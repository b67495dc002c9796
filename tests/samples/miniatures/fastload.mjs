// A FastLoad in another language; nothing of ours is imported. It makes one table of INTEGER and
// VARCHAR columns and loads one VARTEXT file into it. Whatever else a case asks for, it declines.
import fs from "node:fs";
import { createInterface } from "node:readline";

const description = { name: "miniature", version: "1", language: "JavaScript", homepage: "",
  issues: "", editions: { fastload: ["vendor"] }, capabilities: ["fastload"],
  exposes: ["content", "counts"] };
const replies = { describe: { type: "description", description }, run: { type: "done" } };
const error = { name: "unsupported_case", message: "more than a plain load into a new table" };
const errorTypes = { DataParcel: "VARBYTE(9)", ErrorCode: "INTEGER", ErrorFieldName: "VARCHAR(9)" };

// What is not done here, as it is spelled in the case's JSON or in its input file.
const undone = [/^(?!.*"create-table".*"load")/, /"step".*"step".*"step"/, /"file".*"file"|\.gz"/,
  /"(start|thru|nullif|conversion|check|default|sessions)":[^n]/, /"case_specific":true|\ufffd/,
  /"(attached|faults|down_amps|tables)":.[^\]}]/, /"(type|format)":"(?!INTEGER|VARCHAR|VARTEXT)/,
  /"primary_index":null|"end_loading":false|"(seed|stop|LATIN)"|"error_limit":(?!1000000\b)/];

const read = (file) => (fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "\ufffd");
const write = (file, values) =>
  fs.writeFileSync(file, values.map((value) => `${JSON.stringify(value)}\n`).join(""));
const bytes = Buffer.byteLength, width = ({ type }) => Number(/\d+/.exec(type)[0]);
const keyOf = (row) => JSON.stringify(row.map((v) => v?.replace?.(/ +$/, "").toUpperCase() ?? v));

function valueOf(text, column, { name }, ErrorFieldName = name.slice(0, 120)) { // or its error
  if (!text) return column.not_null ? { ErrorCode: 3604, ErrorFieldName } : null;
  if (column.type !== "INTEGER") return [...text].slice(0, width(column)).join("");
  if (!/^ *[+-]?[0-9]+ *$/.test(text)) return { ErrorCode: 2679, ErrorFieldName };
  return Number(text) === (Number(text) | 0) ? Number(text) : { ErrorCode: 2616, ErrorFieldName };
}

function run(dir, out) { // gives the outcome; the tables that it names are left in `out`
  const job = JSON.parse(read(`${dir}/case.json`)), [create, step] = job.plan.steps;
  const text = read(`${dir}/files/${step?.inputs?.[0].file}`), asked = JSON.stringify(job) + text;
  if (undone.some((one) => one.test(asked))) return { status: "refused", return_code: 12, error };
  const { columns, primary_index: index } = create.definition, kept = new Map(), same = [];
  const { target, error_table_1: e1, error_table_2: e2 } = step, errors = [], rivals = [];
  const { fields, assignments: set } = step.inputs[0], lines = text.match(/[^\n]+\n?|\n/g) ?? [];
  const at = (c) => fields.findIndex((f) => f.name === set.find((s) => s.column === c.name)?.field);
  const named = (values) => Object.fromEntries(columns.map(({ name }, i) => [name, values[i]]));
  for (const line of lines) {
    const record = line.replace(/\r?\n?$/, ""), texts = record.split(step.inputs[0].delimiter);
    const bad = texts.length !== fields.length || texts.some((t, i) => bytes(t) > width(fields[i]));
    const row = columns.map((c) => valueOf(texts[at(c)], c, fields[at(c)] ?? c));
    const fault = bad ? { ErrorCode: 2673, ErrorFieldName: null } : row.find((v) => v?.ErrorCode);
    const key = keyOf(index.unique ? index.columns.map((name) => named(row)[name]) : row);
    if (fault) errors.push({ DataParcel: Buffer.from(record).toString("hex", 0, 64000), ...fault });
    else if (!kept.has(key)) kept.set(key, row);
    else (keyOf(kept.get(key)) === keyOf(row) ? same : rivals).push(row);
  }
  const rows = [...kept.values()].map(named), types = named(columns.map(({ type }) => type));
  const all = [[target, types, rows], [e1, errorTypes, errors], [e2, types, rivals.map(named)]];
  const there = all.filter(([name, , found]) => name === target || found.length);
  for (const [name, columns, rows] of there) write(`${out}/${name}.ndjson`, [{ columns }, ...rows]);
  const counts = { read: lines.length, skipped: 0, sent: lines.length, error_table_1: errors.length,
    error_table_2: rivals.length, applied: rows.length, duplicates: same.length };
  const summary = `Total Records Read  = ${lines.length}\nTotal Error Table 1 = ${errors.length}
Total Error Table 2 = ${rivals.length}\nTotal Inserts Applied = ${rows.length}
Total Duplicate Rows = ${same.length}`;
  const names = { target, error_table_1: e1, error_table_2: e2 }, sessions = job.system.amps;
  const report = { kind: "fastload", loads: [{ ...names, sessions, counts, summary }] };
  const tables = Object.fromEntries(there.map(([name]) => [name, [`${name}.ndjson`]]));
  return { status: "completed", return_code: 0, report, tables };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { type, case: dir, workspace } = JSON.parse(line), out = `${workspace}/outcome`;
  if (type === "run") fs.mkdirSync(out);
  if (type === "run") write(`${out}/outcome.json`, [run(dir, out)]);
  if (type in replies) console.log(JSON.stringify(replies[type]));
}
