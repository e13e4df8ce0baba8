import { plannedDays } from '../plan/index.js';
import type { SlotPlan } from '../plan/index.js';
import type { BuildRequest } from './build-request.js';

interface RowForm {
  open: string;
  /** Text between two values of a row. */
  afterRestaurant: string;
  afterDate: string;
  afterTime: string;
  close: string;
  betweenRows: string;
  afterRows: string;
}

const forms: Readonly<Record<BuildRequest['form'], RowForm>> = {
  values: {
    open: '(',
    afterRestaurant: ",'",
    afterDate: "','",
    afterTime: "',",
    close: ',0,0)',
    betweenRows: ',',
    afterRows: '',
  },
  lines: {
    open: '',
    afterRestaurant: '\t',
    afterDate: '\t',
    afterTime: '\t',
    close: '',
    betweenRows: '\n',
    afterRows: '\n',
  },
};

/**
 * The rows of a box as ASCII text in plan order. A part has at most `maxRows` rows and `maxBytes` bytes, but at least
 * one row. The plan has checked all values, so no value needs escaping.
 */
export function* encodeRows(plan: SlotPlan, request: BuildRequest): Generator<Uint8Array<ArrayBuffer>> {
  const form = forms[request.form];
  const encoder = new TextEncoder();
  let text = '';
  let rows = 0;
  for (const row of rowTexts(plan, request, form)) {
    if (rows > 0 && (rows === request.maxRows || text.length + row.length + 2 > request.maxBytes)) {
      yield encoder.encode(text + form.afterRows);
      text = '';
      rows = 0;
    }
    text += rows === 0 ? row : form.betweenRows + row;
    rows += 1;
  }
  if (rows > 0) yield encoder.encode(text + form.afterRows);
}

function* rowTexts(plan: SlotPlan, request: BuildRequest, form: RowForm): Generator<string> {
  for (const day of plannedDays(plan, request.box)) {
    const head = form.open + String(day.restaurantId) + form.afterRestaurant + day.date + form.afterDate;
    for (const slot of day.times) {
      const capacity = slot.capacity ?? day.capacity;
      yield head + slot.time + form.afterTime + String(capacity) + form.close;
    }
  }
}
