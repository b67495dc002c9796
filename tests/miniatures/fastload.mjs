// A FastLoad that runs to its end, in another language: nothing of ours is imported.
// What it does not do (tables before the job, NoPI, RECORD, pausing, ...) it declines by name.
import fs from "node:fs";
import { createInterface } from "node:readline";
import { Declined, E1, Fault, endSummary, errorRow, identity, need, newTable, records, rowOf,
  writeTable } from "./tables.mjs";

const description = { name: "miniature", version: "1.0", language: "JavaScript",
  homepage: "https://nodejs.org", issues: "https://nodejs.org", editions: ["vendor"],
  capabilities: ["fastload"], exposes: ["content", "counts"] };

function load({ target, error_table_1, error_table_2, ...step }, tables, files, amps) {
  need(step.end_loading && tables[target]?.rows.length === 0, "refusals and pausing");
  need(![error_table_1, error_table_2].some((name) => name in tables), "refusals");
  const { columns, index, types, rows } = tables[target];
  const errors = [], violations = [], rowsSeen = new Set(), keysSeen = new Set();
  let read = 0, duplicates = 0;
  for (const input of step.inputs) for (const record of records(input, files)) try {
    read += 1;
    const row = rowOf(record, input, columns);
    const whole = identity(row, columns, Object.keys(types));
    const key = identity(row, columns, index.columns);
    if (rowsSeen.has(whole)) duplicates += 1;
    else if (index.unique && keysSeen.has(key)) violations.push(row);
    else rowsSeen.add(whole) && keysSeen.add(key) && rows.push(row);
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    need(fault.field !== null || input.on_bad_record === "continue", "pausing");
    need(errors.push(errorRow(record, fault)) < step.error_limit, "pausing");
  }
  if (errors.length) tables[error_table_1] = { types: E1, rows: errors };
  if (violations.length) tables[error_table_2] = { types, rows: violations };
  const counts = { read, skipped: 0, sent: read, error_table_1: errors.length,
    error_table_2: violations.length, applied: rows.length, duplicates };
  const sessions = Math.min(step.sessions ?? amps, amps), summary = endSummary(counts);
  return { target, error_table_1, error_table_2, sessions, counts, summary };
}

function run(directory, workspace) {
  const text = fs.readFileSync(`${directory}/case.json`, "utf8"), mark = `${workspace}/case.json`;
  const { plan, cluster, ...job } = JSON.parse(text);
  const outcome = { status: "completed", return_code: 0, loads: [], tables: {} }, tables = {};
  try {
    need(plan.kind === "fastload" && job.edition === "vendor", "distribution and edition seed");
    need(!job.faults.length && !cluster.down_amps.length, "AMPs that are down");
    need(!Object.keys(job.tables).length, "tables before the job");
    need(!fs.existsSync(mark) || fs.readFileSync(mark, "utf8") === text, "a used workspace");
    fs.writeFileSync(mark, text);
    for (const step of plan.steps) {
      if (step.step === "load")
        outcome.loads.push(load(step, tables, `${directory}/files`, cluster.amps));
      else if (step.step === "drop-table" && !tables[step.table]) outcome.return_code = 4;
      else tables[need(step.definition, step.step).name] = newTable(step.definition, tables);
    }
  } catch (error) {
    if (!(error instanceof Declined)) throw error;
    const refusal = { name: "unsupported_case", message: error.message };
    Object.assign(outcome, { status: "refused", return_code: 12, error: refusal, loads: [] });
  }
  fs.mkdirSync(`${workspace}/outcome`, { recursive: true });
  for (const name of outcome.error ? [] : Object.keys(tables))
    outcome.tables[name] = writeTable(`${workspace}/outcome`, name, tables[name]);
  fs.writeFileSync(`${workspace}/outcome/outcome.json`, JSON.stringify(outcome));
}

const tell = (message) => process.stdout.write(JSON.stringify(message) + "\n");
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.type === "stop") break;
  if (message.type === "describe") tell({ type: "description", description });
  if (message.type === "continue") tell({ type: "done" });
  if (message.type === "run") try {
    run(message.case, message.workspace);
    tell({ type: "event", name: "completed", details: {} });
  } catch (error) { tell({ type: "fault", message: String(error) }); }
}
