import type { TObject } from 'typebox'

/** Marks a text that programs also write as a number, such as a count of lines or a time in seconds. */
export const ALSO_NUMBER = 'x-number-too'

/** Writes numbers as the texts that an input takes there; the schema then says whether they are any good. */
export function numberTexts (input: TObject): (raw: Record<string, unknown>) => Record<string, unknown> {
  const names = Object.entries(input.properties as Record<string, object>).filter(([, schema]) => ALSO_NUMBER in schema).map(([name]) => name)
  return raw => {
    const numbers = names.filter(name => typeof raw[name] === 'number')
    return numbers.length === 0 ? raw : { ...raw, ...Object.fromEntries(numbers.map(name => [name, String(raw[name])])) }
  }
}
