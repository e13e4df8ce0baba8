import { type Finding, diagnose } from '../../database/index.js';
import { chooseWorkers, poolSizeFor } from '../../slots/generate/index.js';
import { onStdout } from '../output/colours.js';
import type { CommandContext, OptionsOfCommand } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { formatQuantity } from '../output/format.js';
import { redisUrlOf } from '../options/redis-options.js';
import { withDatabase } from '../connections/with-database.js';
import type { doctorCommand } from './doctor-command.js';

type Options = OptionsOfCommand<typeof doctorCommand>;

/** `tablepick doctor`: done without problems, failed with one; warnings do not fail. */
export async function runDoctor(context: CommandContext, options: Options): Promise<number> {
  return withDatabase(context, { ...options, poolSize: poolSizeFor('auto') }, async ({ database }) => {
    const poolSize = poolSizeFor(await chooseWorkers(database, 'auto'));
    const findings = [...(await diagnose(database, { poolSize })), ...(await diagnoseNamedRedis(redisUrlOf(options)))];
    const problems = countOf(findings, 'problem');
    context.output.result({ ok: problems === 0, server: database.server, findings }, () => describeFindings(findings));
    return problems === 0 ? exitCodes.done : exitCodes.failed;
  });
}

async function diagnoseNamedRedis(url: string | undefined): Promise<Finding[]> {
  if (url === undefined) return [];
  const { diagnoseRedis } = await import('../../redis/index.js');
  return diagnoseRedis({ url });
}

function describeFindings(findings: readonly Finding[]): string[] {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const counts = `${formatQuantity(countOf(findings, 'problem'), 'problem')}, ${formatQuantity(countOf(findings, 'warning'), 'warning')}`;
  return [...findings.flatMap((finding) => describeFinding(finding, width)), counts];
}

const marks: Readonly<Record<Finding['status'], string>> = {
  ok: onStdout.green('ok     '),
  warning: onStdout.yellow('warning'),
  problem: onStdout.red('problem'),
};

function describeFinding(finding: Finding, width: number): string[] {
  const line = `${marks[finding.status]}  ${finding.check.padEnd(width)}  ${finding.found}`;
  return finding.advice === undefined ? [line] : [line, `${' '.repeat(width + 11)}→ ${finding.advice}`];
}

function countOf(findings: readonly Finding[], status: Finding['status']): number {
  return findings.filter((finding) => finding.status === status).length;
}
