import { argument } from '../options/define-option.js';
import { parseCount } from '../options/option-values.js';

/** The reservation that a command is about. */
export const reservationArgument = argument(
  '<reservation>',
  'id of the reservation; of several made as one, any of them',
  parseCount('<reservation>', 1),
);
