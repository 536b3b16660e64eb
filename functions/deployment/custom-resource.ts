import type { CloudFormationCustomResourceEvent, CloudFormationCustomResourceResponse } from 'aws-lambda';

/** What one type of resource does; the answer is one sentence for the log. */
export type Resource = (event: CloudFormationCustomResourceEvent) => Promise<string>;

/**
 * A function behind custom resources: does what the type asks for and tells CloudFormation how it went, in any case,
 * since a stack waits an hour for an answer that does not come.
 */
export const customResource =
  (resources: Readonly<Record<string, Resource>>) =>
  async (event: CloudFormationCustomResourceEvent): Promise<void> => {
    const physicalId = 'PhysicalResourceId' in event ? event.PhysicalResourceId : event.LogicalResourceId;
    const answer = {
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: event.LogicalResourceId,
      PhysicalResourceId: physicalId,
    };
    try {
      const resource = resources[event.ResourceType];
      if (resource === undefined) throw new Error(`unknown resource type ${event.ResourceType}`);
      console.log(`${event.RequestType} ${event.ResourceType}: ${await resource(event)}`);
      await respond(event.ResponseURL, { ...answer, Status: 'SUCCESS' });
    } catch (error) {
      const Reason = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown error';
      console.error(`${event.RequestType} ${event.ResourceType}: ${Reason}`);
      await respond(event.ResponseURL, { ...answer, Status: 'FAILED', Reason });
    }
  };

// Bytes and not a string: the URL is signed for a request without a content type.
const respond = async (url: string, answer: CloudFormationCustomResourceResponse): Promise<void> => {
  const { ok, status } = await fetch(url, {
    method: 'PUT',
    body: new TextEncoder().encode(JSON.stringify(answer)),
    signal: AbortSignal.timeout(10_000),
  });
  if (!ok) throw new Error(`CloudFormation's response address answered ${status}`);
};
