// A FastLoad in another language; nothing of ours is imported. It makes one table of INTEGER and
// VARCHAR columns and loads one VARTEXT file into it. Whatever else a case asks for, it declines.
import fs from "node:fs";
import { createInterface } from "node:readline";

const description = { name: "miniature", version: "1", language: "JavaScript", homepage: "",
  issues: "", editions: ["vendor"], capabilities: ["fastload"], exposes: ["content", "counts"] };
const replies = { describe: { type: "description", description }, run: { type: "done" } };
const error = { name: "unsupported_case", message: "more than a plain load into a new table" };
const errorTypes = { DataParcel: "VARBYTE(9)", ErrorCode: "INTEGER", ErrorFieldName: "VARCHAR(9)" };

// What is not done here, as it is spelled in the case's JSON or in its input file.
const undone = [/^(?!.*"step":"create-table".*"step":"load")/, /"step".*"step".*"step"|"file".*"file"/,
  /"(start|thru|nullif|conversion|check|default)":(?!null)|"primary_index":null|(.*\n){999}|\ufffd/,
  /"(attached|faults|down_amps|tables)":.[^\]}]|"(type|format)":"(?!INTEGER|VARCHAR|VARTEXT)/,
  /"(view|case_specific)":true|"end_loading":false|"(seed|stop|LATIN)"|"error_limit":\d{1,3}\D/];

const read = (file) => (fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "\ufffd");
const jsonLines = (values) => values.map((value) => `${JSON.stringify(value)}\n`).join("");
const width = (type) => Number(/\d+/.exec(type)[0]);
const folded = (value) => value?.replace?.(/ +$/, "").toUpperCase() ?? value;
const identity = (row, names) => JSON.stringify(names.map((name) => folded(row[name])));

function valueOf(text, { type, not_null }, ErrorFieldName) { // or an error of error table 1
  if (text === "") return not_null ? { ErrorCode: 3604, ErrorFieldName } : null;
  if (type !== "INTEGER") return [...text].slice(0, width(type)).join("");
  if (!/^ *[+-]?[0-9]+ *$/.test(text)) return { ErrorCode: 2679, ErrorFieldName };
  return Number(text) === (Number(text) | 0) ? Number(text) : { ErrorCode: 2616, ErrorFieldName };
}

function rowOf(record, { fields, assignments, delimiter }, columns) { // or one of error table 1
  const texts = record.split(delimiter), DataParcel = Buffer.from(record).toString("hex");
  const tooLong = ({ type }, i) => Buffer.byteLength(texts[i]) > width(type);
  if (texts.length !== fields.length || fields.some(tooLong))
    return { DataParcel, ErrorCode: 2673, ErrorFieldName: null };
  const values = columns.map((column, i) => valueOf(texts[i], column, fields[i].name));
  const fault = values.find((value) => value?.ErrorCode);
  return fault ? { DataParcel, ...fault } : Object.fromEntries(columns.map(({ name }, i) => [name, values[i]]));
}

function run(directory, out) { // gives the outcome, leaves its tables in `out`
  const job = JSON.parse(read(`${directory}/case.json`)), [create, step] = job.plan.steps;
  const text = read(`${directory}/files/${step?.inputs?.[0].file}`), lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  if (undone.some((spelling) => spelling.test(JSON.stringify(job) + text)))
    return { status: "refused", return_code: 12, error };
  const { columns, primary_index: index } = create.definition, names = columns.map((c) => c.name);
  const kept = new Map(), errors = [], rivals = [];
  for (const line of lines) {
    const row = rowOf(line.replace(/\r?\n?$/, ""), step.inputs[0], columns);
    const key = identity(row, index.unique ? index.columns : names), first = kept.get(key);
    if (row.ErrorCode) errors.push(row);
    else if (!first) kept.set(key, row);
    else if (identity(first, names) !== identity(row, names)) rivals.push(row);
  }
  const [read, applied, e1, e2] = [lines.length, kept.size, errors.length, rivals.length];
}
