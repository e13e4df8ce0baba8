import type { GenerateResult, SlotKey, VerifyReport } from '../../slots/index.js';
import { formatCount, formatFields, formatSeconds } from '../output/format.js';

/** The JSON of a generation: its documented fields first. */
export function generationFields(result: GenerateResult, report: VerifyReport | undefined): object {
  const { runId, strategy, workers, planned, inserted, existing, failed, chunks, retries, deadlocks, verified } =
    result;
  return {
    runId,
    strategy,
    workers,
    planned,
    inserted,
    existing,
    failed,
    seconds: roundTo(result.seconds, 3),
    rowsPerSecond: roundTo(result.rowsPerSecond, 0),
    chunks,
    retries,
    deadlocks,
    verified,
    verifySeconds: result.verifySeconds === null ? null : roundTo(result.verifySeconds, 3),
    state: result.state,
    ...(report?.ok === false ? { verifyReport: report } : {}),
  };
}

function roundTo(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** The end of a generation for people. */
export function describeGeneration(result: GenerateResult, reason: string, report: VerifyReport | undefined): string[] {
  return [
    ...formatFields([
      ['run', String(result.runId)],
      ['strategy', `${result.strategy} (${reason})`],
      ['workers', formatCount(result.workers)],
      ['planned', formatCount(result.planned)],
      ['inserted', formatCount(result.inserted)],
      ['existing', formatCount(result.existing)],
      ['failed', formatCount(result.failed)],
      ['took', formatSeconds(result.seconds)],
      ['rows/s', formatCount(result.rowsPerSecond)],
      ['retries', `${formatCount(result.retries)}, of them deadlocks ${formatCount(result.deadlocks)}`],
    ]),
    ...describeEnd(result, report),
  ];
}

function describeEnd(result: GenerateResult, report: VerifyReport | undefined): string[] {
  if (result.state === 'stopped') return [`stopped; go on with: tablepick runs resume ${result.runId}`];
  if (result.failed > 0 && report === undefined) return [`rows failed: tablepick runs show ${result.runId} lists them`];
  return report === undefined ? [] : describeProof(report);
}

/** The result of a verification for people: the proof, or the differences with the first keys. */
export function describeProof(report: VerifyReport): string[] {
  const { planned, present, distinct, missing, unexpected, seconds } = report;
  if (report.ok) return [`proof: planned = present = distinct = ${formatCount(planned)} (${formatSeconds(seconds)})`];
  return [
    `no proof: planned ${formatCount(planned)}, present ${formatCount(present)}, distinct ${formatCount(distinct)}, ` +
      `missing ${formatCount(missing)}, unexpected ${formatCount(unexpected)} (${formatSeconds(seconds)})`,
    ...report.missingKeys.map((key) => `missing     ${describeKey(key)}`),
    ...report.unexpectedKeys.map((key) => `unexpected  ${describeKey(key)}`),
  ];
}

/** A slot key for people: `restaurant 5, 2026-12-01 07:00`. */
export function describeKey(key: SlotKey): string {
  return `restaurant ${key.restaurantId}, ${key.date} ${key.time}`;
}
