import { rightsOf } from './rights.ts';
import { type CloudFormationTemplate, inWords, resourcesOf } from './template.ts';

/** docs/rights.md: each role, action and resource. */
export const rightsDocument = (template: CloudFormationTemplate): string => {
  const rights = rightsOf(template);
  const roles = Map.groupBy(rights, ({ role }) => role);
  const tables = [...roles].map(([role, statements]) => {
    const rows = statements.map(({ actions, resources, when }) => [
      actions.map(code).join('<br>'),
      resources.map(code).join('<br>'),
      when === '' ? '' : code(when),
    ]);
    return `## ${role}\n\n${table(['may', 'on', 'only when'], rows)}`;
  });
  return [
    HEADER,
    '# Rights',
    '',
    'Each role, what it may do and on what, for a stack with one connection of each kind: `uqudo` requests its token',
    'with client credentials, the token of `uae-pass` needs a login. A `*` at the end of a path is the rest of that',
    'path: log streams of one log group, tokens per person and markers of codes below one connection, and for the',
    'deletion of the stack everything below its own three trees. There is no other `*`.',
    '',
    tables.join('\n\n'),
    '',
  ].join('\n');
};

/** docs/alarms.md: each alarm with its meaning and what to do. */
export const alarmsDocument = (template: CloudFormationTemplate): string => {
  const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm');
  const rows = alarms.map(([, { Properties }]) => {
    const [meaning = '', toDo = ''] = inWords(Properties.AlarmDescription, template).split(' To do: ');
    const notifies = (Properties.AlarmActions ?? []).length > 0 ? 'yes' : 'no';
    return [code(Properties.AlarmName ?? Properties.CompositeAlarmName), meaning, toDo, notifies];
  });
  return [
    HEADER,
    '# Alarms',
    '',
    'For a stack with one connection of each kind: `uqudo` requests its token with client credentials, the token of',
    '`uae-pass` needs a login. Those that notify send to one topic when they go on and when they go off.',
    '',
    table(['alarm', 'meaning', 'what to do', 'notifies'], rows),
    '',
  ].join('\n');
};

export const HEADER =
  '<!-- Written by `npm run docs` from the synthesized template; a test keeps it current. -->\n';

const code = (text: string): string => `\`${text}\``;

/** A Markdown table. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
