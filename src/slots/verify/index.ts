export { type VerifyOptions, verifySlots } from './verify-slots.js';
