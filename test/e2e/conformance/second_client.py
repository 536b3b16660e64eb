"""Speaks to an SSM and Secrets Manager endpoint with boto3, another SDK with another parser and other retries.

Prints one JSON object: what each operation came to. Standard error is for people.
"""

import json
import sys

import boto3
from botocore.config import Config

config = {
    "endpoint_url": sys.argv[1],
    "region_name": sys.argv[2],
    "aws_access_key_id": "AKIATEST",
    "aws_secret_access_key": "unused",
    "config": Config(retries={"total_max_attempts": 1}),
}
ssm = boto3.client("ssm", **config)
secrets = boto3.client("secretsmanager", **config)


def refused(operation, error):
    """Whether an operation fails with the error class that the SDK's model has for it."""
    try:
        operation()
    except error as found:
        return found.response["Error"]["Code"]
    return None


outcome = {}

put = ssm.put_parameter(Name="/boto3/token", Value="open sesame", Type="SecureString", Tier="Intelligent-Tiering")
outcome["put"] = [put["Version"], put["Tier"], put["ResponseMetadata"]["HTTPStatusCode"]]
outcome["create twice"] = refused(
    lambda: ssm.put_parameter(Name="/boto3/token", Value="x", Type="SecureString"),
    ssm.exceptions.ParameterAlreadyExists,
)
found = ssm.get_parameter(Name="/boto3/token", WithDecryption=True)["Parameter"]
outcome["get"] = [found["Value"], found["Type"], found["LastModifiedDate"].tzinfo is not None]
outcome["get none"] = refused(lambda: ssm.get_parameter(Name="/boto3/none"), ssm.exceptions.ParameterNotFound)
outcome["get no version"] = refused(
    lambda: ssm.get_parameter(Name="/boto3/token:9"), ssm.exceptions.ParameterVersionNotFound
)
for number in range(23):
    ssm.put_parameter(Name=f"/boto3/many/{number}", Value=str(number), Type="String")
pages = ssm.get_paginator("get_parameters_by_path").paginate(Path="/boto3", Recursive=True)
outcome["pages"] = [len(page["Parameters"]) for page in pages]
described = ssm.get_paginator("describe_parameters").paginate(
    ParameterFilters=[{"Key": "Name", "Option": "BeginsWith", "Values": ["/boto3/many"]}],
    PaginationConfig={"PageSize": 10},
)
outcome["described"] = [len(page["Parameters"]) for page in described]
outcome["delete"] = sorted(ssm.delete_parameters(Names=["/boto3/token", "/boto3/none"])["DeletedParameters"])

secret = secrets.create_secret(Name="boto3/credentials")
outcome["no value"] = refused(
    lambda: secrets.get_secret_value(SecretId=secret["ARN"]), secrets.exceptions.ResourceNotFoundException
)
for text in ("one", "two"):
    secrets.put_secret_value(SecretId=secret["ARN"], SecretString=text)
read = [secrets.get_secret_value(SecretId=secret["ARN"], VersionStage=f"AWS{stage}") for stage in ("CURRENT", "PREVIOUS")]
outcome["stages"] = [[value["SecretString"], value["VersionStages"]] for value in read]
outcome["binary"] = secrets.create_secret(Name="boto3/binary", SecretBinary=b"\x00\xff")["Name"]
outcome["bytes"] = list(secrets.get_secret_value(SecretId="boto3/binary")["SecretBinary"])
secrets.delete_secret(SecretId="boto3/binary", RecoveryWindowInDays=7)
outcome["deleted"] = refused(
    lambda: secrets.get_secret_value(SecretId="boto3/binary"), secrets.exceptions.InvalidRequestException
)

print(json.dumps(outcome))
