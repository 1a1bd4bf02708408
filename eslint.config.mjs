/**
 * One lint setting for the whole workspace: types and habits here, the arrows between projects and layers in
 * tools/boundaries.mjs, file and function sizes and names in tools/tidy.ts.
 */
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';
import { layerRules, projectArrows } from './tools/boundaries.mjs';

export default tseslint.config(
  { ignores: ['**/dist/', '**/node_modules/', '.drover/', '.nx/', '**/*.js', '**/*.d.ts'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommended],
    languageOptions: {
      parserOptions: {
        projectService: false,
        project: './tsconfig.json',
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { '@nx': nx },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      'no-empty': ['error', { allowEmptyCatch: false }],
      'no-console': 'error',
      eqeqeq: 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
          message: 'Random bytes come from node:crypto.',
        },
      ],
      '@nx/enforce-module-boundaries': [
        'error',
        { allow: [], depConstraints: projectArrows, enforceBuildableLibDependency: false },
      ],
    },
  },
  ...layerRules,
  {
    files: ['tools/**', 'bench/**', 'apps/cli/**', 'apps/standalone/**', '**/main.ts'],
    rules: { 'no-console': 'off' },
  },
  prettier,
);
