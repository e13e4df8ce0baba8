export { demoRestaurantCount, demoRules, isDemo, seedDemo } from './demo-restaurants.js';
export { type ReadRulesOptions, readRules } from './read-rules.js';
