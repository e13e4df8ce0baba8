import type { HistoryFacts } from './history-facts.js';
import type { History } from './history.js';
import { openLedger } from './history-ledger.js';
import type { Findings } from '../invariant-report.js';
import { judgeAcknowledged } from './judge-acknowledged.js';
import { judgeEndings } from './judge-endings.js';
import { judgeRefusals } from './judge-refusals.js';

/** Compares every answer of a history with the tables and with the other answers. */
export function judgeHistory(history: History, facts: HistoryFacts, findings: Findings): void {
  const ledger = openLedger(history, facts);
  judgeAcknowledged(ledger, findings);
  judgeRefusals(ledger, findings);
  judgeEndings(ledger, findings);
  findings.checked.entries += history.entries.length;
}
