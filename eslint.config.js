import neostandard from 'neostandard'

export default [
  ...neostandard({ ts: true, ignores: ['dist/**', '.build/**', 'data/**', 'coverage/**', '.tap/**', 'node_modules/**', 'examples/types/**'] }),
  {
    rules: {
      'no-void': ['error', { allowAsStatement: true }],
      // A schema and the type it stands for share their name.
      'no-redeclare': 'off',
      '@typescript-eslint/no-redeclare': 'off'
    }
  },
  // What a browser has; neostandard knows the commonest.
  { files: ['examples/**'], languageOptions: { globals: Object.fromEntries(['CSSStyleSheet', 'Element', 'ResizeObserver', 'WebSocket', 'location'].map(name => [name, 'readonly'])) } }
]
