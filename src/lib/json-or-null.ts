/** As a column has it that may be empty. */
export const jsonOrNull = (value: object | undefined): string | null => value === undefined ? null : JSON.stringify(value)
