import { expect, it } from 'vitest';

import { isTimeZone } from './time-zone.js';

it.each(['Asia/Seoul', 'America/New_York', 'America/Argentina/Ushuaia', 'Etc/GMT+9', 'UTC', 'GMT'])(
  '%s is a time zone',
  (zone) => expect(isTimeZone(zone)).toBe(true),
);

it.each(['KST', 'EST', '+09:00', 'UTC+9', 'Asia/Soul', ' Asia/Seoul', '', 'SYSTEM', null, 9])('%j is none', (zone) =>
  expect(isTimeZone(zone)).toBe(false),
);
