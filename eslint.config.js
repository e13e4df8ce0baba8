import { defineConfig, globalIgnores } from 'eslint/config';
import jsdoc from 'eslint-plugin-jsdoc';
import tseslint from 'typescript-eslint';
import eslintJs from '@eslint/js';

import { commentWidth } from './eslint/comment-width.js';
import { importsGoDownwards } from './eslint/imports-go-downwards.js';
import { kebabCaseFilename } from './eslint/kebab-case-filename.js';
import { noLiteralSpread } from './eslint/no-literal-spread.js';
import { packagesInOnePlace } from './eslint/packages-in-one-place.js';
import { testsImportThePackage } from './eslint/tests-import-the-package.js';

const local = {
  rules: {
    'comment-width': commentWidth,
    'imports-go-downwards': importsGoDownwards,
    'kebab-case-filename': kebabCaseFilename,
    'no-literal-spread': noLiteralSpread,
    'packages-in-one-place': packagesInOnePlace,
    'tests-import-the-package': testsImportThePackage,
  },
};

const TESTS = ['src/**/*.test.ts', 'test/**/*.ts', 'eslint/**/*.test.ts'];

const NODE_GLOBALS = Object.fromEntries(
  ['AbortController', 'Buffer', 'URL', 'console', 'performance', 'process'].map((name) => [name, 'readonly']),
);

const NO_EXPORT_ALL = { selector: 'ExportAllDeclaration', message: 'Write every exported name out.' };
const NO_DEFAULT_EXPORT = { selector: 'ExportDefaultDeclaration', message: 'Export by name.' };
const LOCAL_TIME =
  /^([gs]et(Hours|Minutes|Seconds|Milliseconds|Date|Day|Month|FullYear|TimezoneOffset)|toLocale\w*String|to(Date|Time)String)$/;
const NO_LOCAL_TIME = [
  {
    selector: `CallExpression > MemberExpression.callee[property.name=${LOCAL_TIME}]`,
    message: "A slot's date and time are strings; the process time zone must not reach them: use the UTC getters.",
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length>1]",
    message: 'new Date(y, m, …) reads the process time zone: use Date.UTC.',
  },
];

const ZONED_NOW = /\bNOW\(|(?<!DEFAULT )CURRENT_TIMESTAMP/;
const NO_ZONED_NOW = ['Literal[value', 'TemplateElement[value.raw'].map((of) => ({
  selector: `${of}=${ZONED_NOW}]`,
  message: "NOW() tells an instant in the session's time zone, which may be a user's: write UTC_TIMESTAMP(6).",
}));

const NO_OWN_LISTENER = [
  {
    selector: "CallExpression[callee.property.name='addEventListener'][arguments.0.value='abort']",
    message: 'Node warns of the eleventh listener of a signal: use onAbort.',
  },
  {
    selector: "CallExpression[callee.name='sleep'] Property[key.name='signal']",
    message: 'A sleep that takes a signal listens to it by itself: use sleepUnlessAborted.',
  },
  {
    selector: "CallExpression[callee.name='setMaxListeners']",
    message: 'This hides listeners that nobody removes: use onAbort.',
  },
];

const SLOT_FOLDERS = 'hours|plan|checkpoints|ownership|inserts|verify|runs|generate|distribution';
const ONE_ENTRY = 'Another folder of src/slots is entered by its index.js.';
const PAST_THE_ENTRY = { regex: `/slots/(${SLOT_FOLDERS})/(?!index\\.js$)`, message: ONE_ENTRY };
const PAST_THE_ENTRY_WITHIN = { regex: `^\\.\\./(${SLOT_FOLDERS})/(?!index\\.js$)`, message: ONE_ENTRY };

const EXIT = ['exit', 'exitCode', 'reallyExit', 'abort'].map((property) => ({
  object: 'process',
  property,
  message: 'Only bin/ decides how the process ends.',
}));
const PRINT = ['stdout', 'stderr', 'stdin', 'on', 'once', 'addListener'].map((property) => ({
  object: 'process',
  property,
  message: 'The library neither prints, nor reads the terminal, nor installs signal handlers: src/cli does.',
}));

const documented = {
  ClassDeclaration: true,
  FunctionDeclaration: true,
  MethodDefinition: false,
};
const documentedContexts = [
  'TSInterfaceDeclaration',
  'TSTypeAliasDeclaration',
  'TSEnumDeclaration',
  'Program > ExportNamedDeclaration > VariableDeclaration',
];

export default defineConfig(
  globalIgnores([
    'dist/',
    '.build/',
    'reports/',
    'coverage/',
    'docs/reference/',
    '**/node_modules/',
    'benchmarks/peers/java/',
  ]),
  eslintJs.configs.recommended,
  {
    files: ['**/*.{js,mjs,ts}'],
    plugins: { local },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: { globals: NODE_GLOBALS },
    rules: {
      'local/kebab-case-filename': 'error',
      'local/comment-width': 'error',
      'local/no-literal-spread': 'error',
      'no-restricted-syntax': ['error', NO_EXPORT_ALL],
      'no-duplicate-imports': ['error', { allowSeparateTypeImports: true }],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 3],
      'max-depth': ['error', 3],
      complexity: ['error', 12],
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'object-shorthand': 'error',
      'no-else-return': 'error',
      'no-param-reassign': 'error',
      'no-throw-literal': 'error',
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: TESTS,
    plugins: { local, jsdoc },
    settings: { jsdoc: { mode: 'typescript' } },
    rules: {
      'local/imports-go-downwards': 'error',
      'local/packages-in-one-place': 'error',
      'no-restricted-syntax': ['error', NO_EXPORT_ALL, NO_DEFAULT_EXPORT, ...NO_ZONED_NOW, ...NO_OWN_LISTENER],
      'no-console': 'error',
      'no-restricted-properties': ['error', ...EXIT, ...PRINT],
      'jsdoc/require-jsdoc': ['error', { publicOnly: true, require: documented, contexts: documentedContexts }],
      'jsdoc/match-description': [
        'error',
        {
          matchDescription: '/^\\n?[A-Z0-9`{"(].*[.:)`…]\\s*$/us',
          message: 'A description is a sentence.',
          contexts: ['any'],
        },
      ],
      'jsdoc/informative-docs': 'error',
      'jsdoc/no-types': 'error',
      'jsdoc/check-param-names': ['error', { disableMissingParamChecks: true }],
      'jsdoc/check-tag-names': ['error', { definedTags: ['source'] }],
      'jsdoc/empty-tags': 'error',
      'jsdoc/require-throws-description': 'error',
      'jsdoc/check-alignment': 'error',
    },
  },
  {
    files: ['src/**/*.ts', 'test/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [PAST_THE_ENTRY] }] },
  },
  {
    files: ['src/slots/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [PAST_THE_ENTRY_WITHIN] }] },
  },
  {
    // A list of names: the public surface, written out in one place.
    files: ['src/index.ts'],
    rules: { 'max-lines': 'off' },
  },
  {
    files: ['src/cli/**/*.ts'],
    ignores: TESTS,
    rules: { 'no-restricted-properties': ['error', ...EXIT] },
  },
  {
    // The one place where signals are listened to.
    files: ['src/abort/on-abort.ts'],
    rules: { 'no-restricted-syntax': ['error', NO_EXPORT_ALL, NO_DEFAULT_EXPORT] },
  },
  {
    files: ['src/slots/**/*.ts'],
    ignores: TESTS,
    rules: {
      'no-restricted-syntax': [
        'error',
        NO_EXPORT_ALL,
        NO_DEFAULT_EXPORT,
        ...NO_ZONED_NOW,
        ...NO_OWN_LISTENER,
        ...NO_LOCAL_TIME,
      ],
    },
  },
  {
    files: ['test/**/*.{ts,mjs}'],
    rules: { 'local/tests-import-the-package': 'error' },
  },
  {
    files: TESTS,
    rules: {
      'max-lines-per-function': 'off',
      'max-params': 'off',
      'no-restricted-properties': [
        'error',
        ...['describe', 'it', 'test'].flatMap((object) => [
          { object, property: 'skip', message: 'A test runs or does not exist.' },
          { object, property: 'only', message: 'Leave the other tests running.' },
        ]),
      ],
    },
  },
);
