import { Problem } from '@drover/contracts';
import { checkVariables, mergeVariables, type PackageContent, type VariableValues } from '@drover/domain';

/**
 * The content as this deployment freezes it: every variable has its value as the default.
 * @throws Problem 'invalid' for a variable that the package does not have, one without a value, and a secret one, whose
 * value must not rest in the ledger.
 */
export function withVariables(content: PackageContent, given: VariableValues): PackageContent {
  const { variables } = content;
  const { unknown, missing } = checkVariables(variables, Object.keys(given));
  const values = mergeVariables(given);
  const secret = variables.filter(
    ({ name, isSecret }) => isSecret && values[name.toLowerCase()] !== undefined,
  );
  const errors = [
    ...unknown.map((name) => ({ path: `variables.${name}`, message: 'the package has no such variable' })),
    ...secret.map(({ name }) => ({
      path: `variables.${name}`,
      message: 'is secret, and was sent as plain text',
    })),
    ...missing.map((name) => ({ path: `variables.${name}`, message: 'has no value' })),
  ];
  if (errors.length > 0)
    throw new Problem(
      'invalid',
      'The variables do not fit the package',
      errors.map(({ path, message }) => `${path} ${message}`).join('; '),
      { remedy: 'Give each variable of the package that has no default a value.', errors },
    );
  return {
    ...content,
    variables: variables.map((variable) => {
      const value = values[variable.name.toLowerCase()];
      return value === undefined ? variable : { ...variable, default: value };
    }),
  };
}
