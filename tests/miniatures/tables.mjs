// Tables, records and values for fastload.mjs: INTEGER and VARCHAR columns from VARTEXT.
// A record is a string with one character a byte. What is not done here is declined.
import fs from "node:fs";

export const E1 = {
  DataParcel: "VARBYTE(64000)", ErrorCode: "INTEGER", ErrorFieldName: "VARCHAR(120)" };

export class Declined extends Error {}
export class Fault extends Error { // an error record: its code and the field, or null
  constructor(code, field) { super(code); Object.assign(this, { code, field }); }
}
export function need(fact, what) {
  if (!fact) throw new Declined(`not done here: ${what}`);
  return fact;
}
const bytes = (record) => Buffer.from(record, "latin1");
const length = (type) => Number(need(/^VARCHAR\((\d+)\)$/.exec(type), type)[1]);
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function newTable({ name, columns, primary_index: index, ...other }, tables) {
  need(index && !tables[name], "NO PRIMARY INDEX, or a name that is taken");
  need(!other.view && !other.partitioned && !other.attached.length, "views, attachments");
  for (const c of columns) {
    need(!c.check && c.default === null && c.character_set === "UNICODE", `column ${c.name}`);
    if (c.type !== "INTEGER") length(c.type);
  }
  const types = Object.fromEntries(columns.map((c) => [c.name, c.type]));
  return { columns, index, types, rows: [] };
}

export function records(input, files) {
  need(input.format === "VARTEXT" && input.start === null && input.thru === null, "RECORD");
  need(input.assignments.every((a) => !a.conversion && !a.format), "conversions");
  need(input.fields.every((f) => f.nullif === null), "NULLIF");
  const path = `${files}/${input.file}`;
  need(fs.existsSync(path), "missing files");
  const text = fs.readFileSync(path, "latin1"), lines = text.split("\n");
  need(!text.startsWith("\x1f\x8b") && !path.endsWith(".gz"), "gzip");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => line.replace(/\r$/, ""));
}

function typed(raw, { type, not_null }, field) {
  if (raw === "" && not_null) throw new Fault(3604, field);
  if (raw === "") return null;
  if (type !== "INTEGER") {
    try { raw = utf8.decode(bytes(raw)); } catch { throw new Fault(6706, field); }
    return [...raw].slice(0, length(type)).join("");
  }
  const digits = raw.replace(/^ +| +$/g, "");
  if (!/^[+-]?[0-9]+$/.test(digits)) throw new Fault(2679, field);
  if (Number(digits) < -(2 ** 31) || Number(digits) >= 2 ** 31) throw new Fault(2616, field);
  return Number(digits);
}

export function rowOf(record, { fields, assignments, delimiter }, columns) {
  const parts = record.split(Buffer.from(delimiter).toString("latin1"));
  const tooLong = (part, i) => part.length > length(fields[i].type);
  if (record.length > 64000 || parts.length !== fields.length || parts.some(tooLong))
    throw new Fault(2673, null);
  return columns.map((column) => {
    const field = assignments.find((a) => a.column === column.name)?.field;
    const raw = parts[fields.findIndex((f) => f.name === field)] ?? "";
    return typed(raw, column, field ?? column.name);
  });
}

// Equal rows have equal text: trailing blanks do not count, nor, unless asked for, does case.
export const identity = (row, columns, names) => JSON.stringify(columns.flatMap((column, i) => {
  const fold = (text) => (column.case_specific ? text : text.toUpperCase()).replace(/ +$/, "");
  return names.includes(column.name) ? [typeof row[i] === "string" ? fold(row[i]) : row[i]] : [];
}));

export const errorRow = (record, { code, field }) =>
  [bytes(record).subarray(0, 64000).toString("hex"), code, field];

export function writeTable(directory, name, { types, rows }) { // a row file: header, then rows
  const named = (row) => Object.fromEntries(Object.keys(types).map((n, i) => [n, row[i]]));
  const lines = [{ columns: types }, ...rows.map(named)].map((line) => JSON.stringify(line) + "\n");
  const file = `${encodeURIComponent(name)}.ndjson`;
  fs.writeFileSync(`${directory}/${file}`, lines.join(""));
  return [file];
}

export const endSummary = (counts) => [
  `Total Records Read  = ${counts.read}`,
  `Total Error Table 1 = ${counts.error_table_1}`,
  `Total Error Table 2 = ${counts.error_table_2}`,
  `Total Inserts Applied = ${counts.applied}`,
  `Total Duplicate Rows = ${counts.duplicates}`,
].join("\n");
