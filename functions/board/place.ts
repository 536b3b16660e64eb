import { type Html, html } from './html.ts';
import type { Row } from './row.ts';

/** Where the functions live, so that buttons and links can name them. */
export interface Place {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
  /** False where there is no AWS console to link to. */
  readonly console: boolean;
}

const CONSOLES: Readonly<Record<string, string>> = {
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

export const functionArn = (functionName: string, { partition, region, accountId }: Place): string =>
  `arn:${partition}:lambda:${region}:${accountId}:function:${functionName}`;

/** Links to what an operator looks at next: log, function, status, secret. */
export const consoleLinks = (row: Row, { partition, region, console }: Place): Html[] => {
  if (!console) return [];
  const home = `https://${region}.${CONSOLES[partition] ?? 'console.aws.amazon.com'}`;
  const at = `home?region=${region}#`;
  // The CloudWatch console wants "$25" for the "%" of a path that is encoded twice.
  const group = encodeURIComponent(encodeURIComponent(`/aws/lambda/${row.functionName}`)).replaceAll(
    '%',
    '$',
  );
  const secret = encodeURIComponent(
    row.secretArn
      .split(':')
      .slice(6)
      .join(':')
      .replace(/-[A-Za-z0-9]{6}$/, ''),
  );
  return [
    link('Log', `${home}/cloudwatch/${at}logsV2:log-groups/log-group/${group}`),
    link('Function', `${home}/lambda/${at}/functions/${encodeURIComponent(row.functionName)}`),
    link(
      'Status',
      `${home}/systems-manager/parameters/${encodeURIComponent(row.statusParameter)}/description?region=${region}`,
    ),
    link('Secret', `${home}/secretsmanager/secret?name=${secret}&region=${region}`),
  ];
};

const link = (label: string, url: string): Html =>
  html`<a href="${url}" target="_blank" rel="noopener noreferrer">${label}</a>`;
